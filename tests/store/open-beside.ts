/** A process of its own: opens the database of its first argument, making its tables where nobody has, and closes it. */
import { openDatabase } from "../../src/store/open-database.ts";

const database = await openDatabase(`sqlite:${process.argv[2] ?? ""}`);
await database.close();

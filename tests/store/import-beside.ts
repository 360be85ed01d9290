/** A process of its own: writes to the database of its first argument as an import does, and says how often it did. */
import { transact } from "../../src/steps/unit.ts";
import { openDatabase } from "../../src/store/open-database.ts";
import { saveTechnician } from "../../src/store/people.ts";
import { unitDesk } from "./unit-desk.ts";
import { event } from "./store.ts";

const database = await openDatabase(`sqlite:${process.argv[2] ?? ""}`);
const desk = unitDesk(database);
let done = 0;
for (let i = 0; i < 100; i++) {
  await transact(desk, "import", async (unit) => {
    await saveTechnician(unit.db, {
      name: `Person ${i}`,
      email: `person${i}@msp.example`,
      aliases: [],
      delegates: [],
      role: "technician",
      queues: [],
      skills: [],
      hours: "",
      active: true,
    });
    unit.record(event("desk", "From beside."));
  });
  done += 1;
}
await database.close();
console.log(done);

import { afterAll, beforeAll } from "vitest";
import type { OpenStore, Store } from "./store.ts";

/** A store for the tests of the block that it is called in: open, and `begun`, before the first, closed after the last. */
export function freshStore(
  open: OpenStore,
  begun: (store: Store) => void | Promise<void> = () => undefined,
): Pick<Store, "database" | "another"> {
  let store: Store;
  beforeAll(async () => {
    store = await open();
    await begun(store);
  });
  afterAll(() => store.close());
  return {
    get database() {
      return store.database;
    },
    another: () => store.another(),
  };
}

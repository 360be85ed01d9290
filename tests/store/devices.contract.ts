import { describe, expect, it } from "vitest";
import type { Knex } from "knex";
import { deviceWords, devicesOf, saveDevice } from "../../src/store/devices.ts";
import { allClients, contactsByIds, contactsOf, saveClient } from "../../src/store/people.ts";
import { freshStore } from "./fresh-store.ts";
import { unique } from "./rows.ts";
import type { OpenStore } from "./store.ts";

const device = (client: string, name: string, contact = "", serial = "") => ({
  client,
  contact,
  name,
  serial,
  type: "laptop",
  os: "Windows 11",
  warranty: "",
  notes: "",
});

export function devicesContract(open: OpenStore): void {
  describe("devices", () => {
    let db: Knex;
    freshStore(open, ({ database }) => {
      db = database.db;
    });

    async function clientWith(email: string): Promise<{ name: string; id: number; contactId: number }> {
      const name = unique("Client ");
      const contacts = [{ name: "Ana Ruiz", email, vip: false, notes: "Works from home" }];
      await saveClient(db, { name, domains: [], vip: false, regulated: false, sla: "", notes: "", contacts });
      const id = (await allClients(db)).find((one) => one.name === name)?.id ?? 0;
      return { name, id, contactId: (await contactsOf(db, id))[0]?.id ?? 0 };
    }
    it("saves a device again without a change, and with one", async () => {
      const email = `${unique("ana")}@x.example`;
      const mine = await clientWith(email);
      expect(await saveDevice(db, device(mine.name, "LT-1", email.toUpperCase()))).toEqual({
        change: "added",
        reason: "",
      });
      expect(await saveDevice(db, device(mine.name, "LT-1", email))).toMatchObject({ change: "same" });
      expect(await saveDevice(db, device(mine.name, "lt-1"))).toMatchObject({ change: "changed" });
      expect(await devicesOf(db, [mine.id], [], ["lt-1"])).toMatchObject([
        { clientId: mine.id, contactId: null, name: "lt-1", type: "laptop", os: "Windows 11" },
      ]);
      expect((await contactsByIds(db, [mine.contactId])).get(mine.contactId)).toMatchObject({
        notes: "Works from home",
      });
    });

    it("refuses a client that is not there, and a contact of another", async () => {
      const [a, b] = [`${unique("a")}@x.example`, `${unique("b")}@x.example`];
      const [mine] = [await clientWith(a), await clientWith(b)];
      expect(await saveDevice(db, device("Nobody", "LT-1"))).toEqual({
        change: "refused",
        reason: "there is no client Nobody",
      });
      expect(await saveDevice(db, device(mine.name, "LT-1", b))).toEqual({
        change: "refused",
        reason: `${b} is no contact of ${mine.name}`,
      });
    });

    it("finds a contact's own and those that a mail names, and never another client's", async () => {
      const [a, b] = [`${unique("a")}@x.example`, `${unique("b")}@x.example`];
      const [mine, theirs] = [await clientWith(a), await clientWith(b)];
      await saveDevice(db, device(mine.name, "LT-1", a));
      await saveDevice(db, device(mine.name, "DR-214", "", "CN81"));
      await saveDevice(db, device(mine.name, "SRV-9"));
      await saveDevice(db, device(theirs.name, "DR-214", b));
      const names = async (contacts: readonly number[], text: string): Promise<readonly string[]> =>
        (await devicesOf(db, [mine.id], contacts, deviceWords(text))).map(
          (one) => `${one.clientId} ${one.name}`,
        );
      expect(await names([mine.contactId], "It does not print.")).toEqual([`${mine.id} LT-1`]);
      expect(await names([], "The label says dr-214. Thanks")).toEqual([`${mine.id} DR-214`]);
      expect(await names([], "serial number cn81")).toEqual([`${mine.id} DR-214`]);
      expect(await names([theirs.contactId], "DR-214")).toEqual([`${mine.id} DR-214`]);
      expect(await names([], "no device is named here")).toEqual([]);
    });
  });
}

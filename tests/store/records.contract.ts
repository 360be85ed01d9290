import { describe, expect, it } from "vitest";
import type { Knex } from "knex";
import type { Client, Queue, Technician } from "../../src/desk/ticket.ts";
import {
  apiTokenRole,
  createApiToken,
  createLoginLink,
  createSession,
  endSession,
  sessionOf,
  useLoginLink,
} from "../../src/store/access.ts";
import {
  currentDocuments,
  currentPolicies,
  documentVersions,
  saveDocument,
} from "../../src/store/documents.ts";
import {
  allClients,
  allQueues,
  allTechnicians,
  clientById,
  clientsByIds,
  contactsOf,
  saveClient,
  saveQueue,
  saveRunbook,
  saveTechnician,
  senderOf,
} from "../../src/store/people.ts";
import { allSlas, saveSla } from "../../src/store/slas.ts";
import { exchangeSetting, readSetting, settingsUnder, writeSetting } from "../../src/store/settings.ts";
import { freshStore } from "./fresh-store.ts";
import { technician, unique } from "./rows.ts";
import { LATER, NOW, type OpenStore } from "./store.ts";

const MUCH_LATER = "2026-03-05T10:00:00.000Z";

export function recordsContract(open: OpenStore): void {
  describe("people, documents, access and settings", () => {
    let db: Knex;
    const store = freshStore(open, ({ database }) => {
      db = database.db;
    });

    it("keeps one default queue", async () => {
      const [one, two] = [unique("Queue "), unique("Queue ")];
      const save = (name: string, isDefault: boolean, skills: readonly string[] = []): Promise<string> =>
        saveQueue(db, { name, isDefault, skills } satisfies Omit<Queue, "id">);
      const defaults = async (): Promise<readonly string[]> =>
        (await allQueues(db)).filter((queue) => queue.isDefault).map((queue) => queue.name);
      expect([await save(one, true), await save(two, false)]).toEqual(["added", "added"]);
      expect(await defaults()).toEqual([one]);
      expect(await save(two, true, ["vpn"])).toBe("changed");
      expect(await defaults()).toEqual([two]);
      expect(await save(two, true, ["vpn"])).toBe("same");
      expect(await save(one, false)).toBe("same");
      expect((await allQueues(db)).find((queue) => queue.name === two)).toMatchObject({
        skills: ["vpn"],
        isDefault: true,
      });
    });

    it("saves a technician again without a change, and with one", async () => {
      const email = `${unique("Zoë")}@MSP.example`;
      const person: Omit<Technician, "id"> = {
        name: "Zoë O'Neil",
        email,
        aliases: ["z@msp.example"],
        delegates: [],
        role: "lead",
        queues: ["Network"],
        skills: ["vpn"],
        hours: "Mon-Fri 08:00-17:00",
        active: true,
      };
      expect(await saveTechnician(db, person)).toBe("added");
      expect(await saveTechnician(db, person)).toBe("same");
      expect(await saveTechnician(db, { ...person, active: false })).toBe("changed");
      expect(await saveTechnician(db, { ...person, active: false })).toBe("same");
      expect((await allTechnicians(db)).find((one) => one.email === email.toLowerCase())).toMatchObject({
        ...person,
        email: email.toLowerCase(),
        active: false,
      });
    });

    type Saved = Parameters<typeof saveClient>[1];
    const clientOf = (name: string, over: Partial<Saved> = {}): Saved => ({
      name,
      domains: [],
      vip: false,
      regulated: false,
      sla: "",
      notes: "",
      contacts: [],
      ...over,
    });
    const named = async (name: string): Promise<Client | undefined> =>
      (await allClients(db)).find((one) => one.name === name);

    it("saves a client with its domains and contacts, again and again", async () => {
      const [name, domain, email] = [
        unique("Contoso Ü "),
        `${unique("d")}.example`,
        `${unique("ana")}@contoso.example`,
      ];
      const full = clientOf(name, {
        domains: [domain, domain],
        vip: true,
        regulated: true,
        sla: "gold",
        notes: "x\0",
        contacts: [{ name: "Ana", email: email.toUpperCase(), vip: true, notes: "Works from home" }],
      });
      expect(await saveClient(db, full)).toEqual({ change: "added", refused: [] });
      const id = (await named(name))?.id ?? 0;
      expect(await clientById(db, id)).toEqual({
        id,
        name,
        domains: [domain],
        vip: true,
        regulated: true,
        sla: "gold",
        notes: "x\ufffd",
      });
      const { contacts, ...rest } = full;
      const clean = { ...rest, notes: "y", contacts };
      expect(await saveClient(db, clean)).toEqual({ change: "changed", refused: [] });
      expect(await saveClient(db, clean)).toEqual({ change: "same", refused: [] });
      expect(
        await saveClient(db, {
          ...clean,
          contacts: [{ name: "Ana Ruiz", email, vip: true, notes: "In the office" }],
        }),
      ).toEqual({
        change: "changed",
        refused: [],
      });
      expect(await contactsOf(db, id)).toMatchObject([{ clientId: id, name: "Ana Ruiz", email, vip: true }]);
      expect(await senderOf(db, email.toUpperCase(), "")).toMatchObject({
        client: { id },
        contact: { email, notes: "In the office" },
      });
      expect(await senderOf(db, `other@${domain}`, domain)).toMatchObject({ client: { id }, contact: null });
      expect(await senderOf(db, "other@nowhere.example", "")).toEqual({ client: null, contact: null });
      expect((await clientsByIds(db, [id, id])).size).toBe(1);
      expect(await saveClient(db, { ...clean, domains: [] })).toMatchObject({ change: "changed" });
      expect(await senderOf(db, `other@${domain}`, domain)).toMatchObject({ client: null });
    });

    it("refuses a domain or a contact of another client, and keeps neither with the wrong one", async () => {
      const [mine, theirs, email] = [
        `${unique("d")}.example`,
        `${unique("d")}.example`,
        `${unique("c")}@x.example`,
      ];
      const [a, b] = [unique("Client "), unique("Client ")];
      await saveClient(
        db,
        clientOf(a, { domains: [theirs], contacts: [{ name: "C", email, vip: false, notes: "" }] }),
      );
      const second = clientOf(b, {
        domains: [mine, theirs],
        contacts: [{ name: "Mine now", email, vip: true, notes: "" }],
      });
      const { refused } = await saveClient(db, second);
      expect(refused).toEqual([
        `the domain ${theirs} belongs to another client`,
        `the contact ${email} belongs to another client`,
      ]);
      expect((await named(b))?.domains).toEqual([mine]);
      expect(await senderOf(db, email, "")).toMatchObject({ client: { name: a }, contact: { name: "C" } });
      expect(await senderOf(db, `x@${theirs}`, theirs)).toMatchObject({ client: { name: a } });
      expect(await saveClient(db, second)).toMatchObject({ change: "same" });
    });

    it("saves SLAs and runbooks", async () => {
      const name = unique("gold");
      const sla = {
        name,
        hours: "Mon-Fri 08:00-17:00",
        targets: { P1: { respondMs: 1_800_000, resolveMs: 14_400_000 } },
      };
      expect([
        await saveSla(db, sla),
        await saveSla(db, sla),
        await saveSla(db, { ...sla, hours: "" }),
      ]).toEqual(["added", "same", "changed"]);
      expect((await allSlas(db)).get(name)).toEqual({ ...sla, hours: "" });
      expect([
        await saveRunbook(db, name, { a: 1 }),
        await saveRunbook(db, name, { a: 1 }),
        await saveRunbook(db, name, { a: 2 }),
      ]).toEqual(["added", "same", "changed"]);
    });

    it("keeps every version of a document", async () => {
      const save = (name: string, body: string | null) =>
        saveDocument(db, { kind: "template", name, body, author: "dana@msp.example" }, NOW);
      const [one, two] = [unique("a"), unique("b")];
      expect(await save(one, "Hi {{name}}")).toEqual({ version: 1, changed: true });
      expect(await save(one, "Hi {{name}}")).toEqual({ version: 1, changed: false });
      expect(await save(one, "Hello \u{1f600}")).toEqual({ version: 2, changed: true });
      expect(await save(two, "x")).toEqual({ version: 1, changed: true });
      expect(await save(one, null)).toEqual({ version: 3, changed: true });
      expect(await save(one, null)).toEqual({ version: 3, changed: false });
      expect((await documentVersions(db, "template", one)).map((each) => each.body)).toEqual([
        null,
        "Hello \u{1f600}",
        "Hi {{name}}",
      ]);
      expect(
        (await currentDocuments(db, "template")).map(({ name, version, body }) => [name, version, body]),
      ).toEqual([
        [one, 3, null],
        [two, 1, "x"],
      ]);
    });

    it("has the newest policies in force", async () => {
      expect(await currentPolicies(db)).toEqual({ version: 0, author: "", rules: [] });
      const rules = [{ scope: {}, action: "categorise", rung: "conditional", maxError: 0.05 }];
      await saveDocument(
        db,
        { kind: "policies", name: "policies", body: JSON.stringify(rules), author: "dana@msp.example" },
        NOW,
      );
      expect(await currentPolicies(db)).toEqual({ version: 1, author: "dana@msp.example", rules });
    });

    it("opens a session by a link that works once, also for two at once", async () => {
      const technicianId = await technician(db);
      const second = await store.another();
      const link = await createLoginLink(db, technicianId, LATER);
      const used = await Promise.all([
        useLoginLink(db, link, NOW),
        useLoginLink(second.db, link, NOW),
        useLoginLink(db, link, NOW),
      ]);
      expect(used.filter((each) => each !== null)).toEqual([technicianId]);
      expect(await useLoginLink(db, await createLoginLink(db, technicianId, NOW), NOW)).toBeNull();
      expect(await useLoginLink(db, "guess", NOW)).toBeNull();
      const { secret, csrf } = await createSession(db, technicianId, NOW, LATER);
      expect(await sessionOf(db, secret, NOW)).toEqual({ technicianId, csrf });
      expect(await sessionOf(db, secret, MUCH_LATER)).toBeNull();
      await endSession(db, secret);
      expect(await sessionOf(db, secret, NOW)).toBeNull();
    });

    it("keeps secrets as hashes alone", async () => {
      const token = await createApiToken(db, "ci", "viewer", NOW);
      expect(await apiTokenRole(db, token)).toEqual({ name: "ci", role: "viewer" });
      expect(await apiTokenRole(db, `${token}x`)).toBeNull();
      expect(JSON.stringify(await db("api_tokens"))).not.toContain(token.slice(3));
      await db("api_tokens").update({ revoked_at: NOW });
      expect(await apiTokenRole(db, token)).toBeNull();
    });

    it("keeps settings", async () => {
      expect(await readSetting(db, "paused")).toBeNull();
      for (const value of ["1", "", "\u{1f600}"]) {
        await writeSetting(db, "paused", value);
        expect(await readSetting(db, "paused")).toBe(value);
      }
      expect(await db("settings").where({ name: "paused" })).toHaveLength(1);
    });

    it("changes a setting only from what it was", async () => {
      const name = "outage:mailbox a_b";
      expect(await exchangeSetting(db, name, "1", "2")).toBe(false);
      expect(await exchangeSetting(db, name, null, "1")).toBe(true);
      expect(await exchangeSetting(db, name, null, "2")).toBe(false);
      expect(await exchangeSetting(db, name, "1", "2")).toBe(true);
      expect(await exchangeSetting(db, name, "1", null)).toBe(false);
      expect([...(await settingsUnder(db, "outage:"))]).toEqual([["mailbox a_b", "2"]]);
      expect(await exchangeSetting(db, name, "2", null)).toBe(true);
      expect(await readSetting(db, name)).toBeNull();
    });
  });
}

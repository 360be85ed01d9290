import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseDeskFile } from "../../src/desk/desk-file.ts";
import { describeProblem } from "../../src/desk/problem.ts";

const fixture = (name: string): string =>
  readFileSync(join(import.meta.dirname, "../fixtures/desk-file", name), "utf8");

describe("parseDeskFile", () => {
  test("reads every section", () => {
    const { desk, problems } = parseDeskFile(fixture("good.yaml"), "desk.yaml");
    expect(problems).toEqual([]);
    expect(desk).toEqual({
      queues: [
        { name: "Network", skills: ["vpn", "firewall"], isDefault: false },
        { name: "Service Desk", skills: [], isDefault: true },
      ],
      technicians: [
        {
          name: "Dana Wu",
          email: "dana@msp.example",
          aliases: ["dwu@msp.example"],
          delegates: [],
          role: "lead",
          queues: ["Network"],
          skills: ["vpn"],
          hours: "Mon-Fri 08:00-17:00",
          active: true,
        },
        {
          name: "Eli Frey",
          email: "eli@msp.example",
          aliases: [],
          delegates: [],
          role: "technician",
          queues: [],
          skills: [],
          hours: "",
          active: true,
        },
      ],
      clients: [
        {
          name: "Contoso",
          domains: ["contoso.example"],
          vip: true,
          regulated: true,
          sla: "gold",
          notes: "Change freeze at the end of each quarter.",
          contacts: [
            { name: "Ana Ruiz", email: "ana@contoso.example", vip: true, notes: "Travels; ring the mobile." },
          ],
        },
      ],
      slas: [
        {
          name: "gold",
          hours: "Mon-Fri 07:00-19:00",
          targets: {
            P1: { respondMs: 900_000, resolveMs: 14_400_000 },
            P2: { respondMs: 3_600_000, resolveMs: 28_800_000 },
          },
        },
      ],
      policies: [
        { scope: {}, action: "categorise", rung: "conditional", maxError: 0.05 },
        { scope: {}, action: "mark-spam", rung: "supervised", sample: 0.05 },
        {
          scope: { client: "Contoso", vip: true },
          action: "acknowledge",
          rung: "conditional",
          template: "client/received",
        },
        { scope: { category: "payroll", priority: "P1" }, rung: "review" },
      ],
      runbooks: [
        {
          name: "restart-spooler",
          description: "",
          kind: "webhook",
          url: "https://hooks.msp.example/spooler",
          allowPrivate: false,
          window: "Mon-Fri 20:00-06:00",
          timeoutMs: 30_000,
        },
        {
          name: "clear-cache",
          description: "",
          kind: "command",
          command: ["/usr/local/bin/clear-cache", "--all"],
          window: "",
          timeoutMs: 120_000,
        },
      ],
      links: { allow: ["docs.msp.example"] },
    });
  });

  test("names each bad row with its line, and keeps the good ones", () => {
    const { desk, problems } = parseDeskFile(fixture("bad.yaml"), "desk.yaml");
    expect(
      problems.map(describeProblem).toSorted((a, b) => Number(a.split(":")[1]) - Number(b.split(":")[1])),
    ).toEqual([
      "desk.yaml:4: queues[1].default holds true; it accepts true for one queue only; Good is the default already.",
      'desk.yaml:5: queues[2] holds a map; it accepts a name that no other row has; "good" stands in queues[0] already.',
      "desk.yaml:6: queues[3].name is missing; it accepts a text, in quotes where it is a number.",
      'desk.yaml:9: technicians[1].hours holds "Mo-Fr 8-17"; it accepts days and times such as "Mon-Fri 08:00-17:00, Sat 09:00-12:00", or nothing for always.',
      'desk.yaml:10: technicians[2].queues[0] holds "Goood"; it accepts the name of a queue: Good (did you mean "Good"?).',
      'desk.yaml:11: technicians[3] holds a map; it accepts addresses that no other row has; "GUS@msp.example" stands in technicians[0] already.',
      'desk.yaml:12: technicians[4].role holds "boss"; it accepts technician, lead, admin.',
      "desk.yaml:12: technicians[4].phone holds an unknown key; it accepts name, email, aliases, delegates, role, queues, skills, hours, active.",
      'desk.yaml:18: clients[0].contacts[1].email holds "nobody"; it accepts a mail address such as ana@contoso.example.',
      'desk.yaml:19: clients[0].contacts[2].email holds "Ana@contoso.example"; it accepts an address that stands once; Good Contoso has it already.',
      'desk.yaml:20: clients[1].domains[0] holds "gmail.com"; it accepts a domain of the client\'s own; list people with freemail addresses under contacts.',
      'desk.yaml:21: clients[2] holds a map; it accepts a name and domains that no other row has; "contoso.example" stands in clients[0] already.',
      'desk.yaml:22: clients[3].sla holds "platinum"; it accepts the name of an SLA: good.',
      'desk.yaml:25: slas[1].targets.P2.respond holds "soon"; it accepts a time such as "30s", "15m", "2h", "3d", or "0s".',
      'desk.yaml:25: slas[1].targets.P5 holds an unknown key; it accepts P1, P2, P3, P4 (did you mean "P1"?).',
      'desk.yaml:28: policies[1].action holds "categorize"; it accepts reply, acknowledge, route, set-priority, categorise, note, merge, close, escalate, mark-spam, run-runbook (did you mean "categorise"?).',
      "desk.yaml:29: policies[2].rung is missing; it accepts review, conditional, supervised.",
      'desk.yaml:30: policies[3].rung holds "supervised"; it accepts review, or nothing, since a rule without action holds every automatic act; name an action for another rung.',
      "desk.yaml:31: policies[4].maxError holds 5; it accepts a number from 0 to 1, such as 0.05 for 5 %.",
      "desk.yaml:32: policies[5].vip holds an unknown key; it accepts scope, action, rung, maxError, sample, template.",
      "desk.yaml:33: policies[6].scope.customer holds an unknown key; it accepts client, vip, category, priority.",
      "desk.yaml:36: runbooks[1].url is missing; it accepts a URL that begins with https:// or http://.",
      'desk.yaml:37: runbooks[2].name holds "a b"; it accepts a name of letters, digits, dots, - and _.',
      'desk.yaml:38: runbooks[3].kind holds "shell"; it accepts webhook, command.',
      'desk.yaml:39: link holds an unknown key; it accepts queues, technicians, clients, slas, policies, runbooks, links (did you mean "links"?).',
    ]);
    expect({
      queues: desk.queues?.map((queue) => queue.name),
      technicians: desk.technicians?.map((technician) => technician.name),
      clients: desk.clients?.map((client) => [
        client.name,
        ...client.contacts.map((contact) => contact.name),
      ]),
      slas: desk.slas?.map((sla) => sla.name),
      policies: desk.policies,
      runbooks: desk.runbooks?.map((runbook) => runbook.name),
      links: desk.links,
    }).toEqual({
      queues: ["Good"],
      technicians: ["Good Gus"],
      clients: [["Good Contoso", "Ana Ruiz"]],
      slas: ["good"],
      // One bad rule refuses them all: a hold rule that is left out would raise autonomy.
      policies: null,
      runbooks: ["good"],
      links: null,
    });
  });

  test("may speak of queues and SLAs that the desk has already", () => {
    const text =
      "technicians: [{ name: Dana, email: dana@msp.example, queues: [Network] }]\nclients: [{ name: Contoso, sla: gold }]\n";
    expect(parseDeskFile(text, "desk.yaml", { queues: ["Network"], slas: ["Gold"] }).problems).toEqual([]);
    const { desk, problems } = parseDeskFile(text, "desk.yaml");
    expect(problems.map((problem) => problem.accepts)).toEqual([
      "the name of a queue, and there is none yet",
      "the name of an SLA, and there is none yet",
    ]);
    expect(desk).toMatchObject({ queues: null, technicians: [], clients: [], policies: null });
  });

  test.each([
    ["", "desk.yaml: the file is empty; it accepts a map with the keys queues, technicians"],
    ["[]", "desk.yaml:1: the file holds an empty list; it accepts a map"],
    ["queues: Network", 'desk.yaml:1: queues holds "Network"; it accepts a list of rows.'],
    [
      "queues:\n  - \n",
      "desk.yaml:2: queues[0] is missing; it accepts a map with the keys name, skills, default.",
    ],
    ["links: [docs.msp.example]", "desk.yaml:1: links holds a list; it accepts a map with the keys allow."],
    ["queues: [", "desk.yaml:1: the file holds something that is not YAML"],
    [
      "queues: []\nqueues: []",
      "desk.yaml:2: the file holds something that is not YAML; it accepts YAML (Map keys must be unique).",
    ],
    ["policies: [null]", "desk.yaml:1: policies[0] is missing; it accepts a map with the keys"],
  ])("%j is refused in words", (text, expected) => {
    const [problem] = parseDeskFile(text, "desk.yaml").problems;
    expect(problem === undefined ? "" : describeProblem(problem)).toContain(expected);
  });

  test("a policy for a client that nobody has refuses the policies", () => {
    const text =
      "clients: [{ name: Contoso }]\npolicies: [{ client: Contosso }, { action: route, rung: conditional }]\n";
    const { desk, problems } = parseDeskFile(text, "desk.yaml");
    expect(desk.policies).toBeNull();
    expect(problems.map(describeProblem)).toEqual([
      'desk.yaml:2: policies[0] holds a map; it accepts a rule for a client that the desk has: Contoso (did you mean "Contoso"?).',
    ]);
    expect(
      parseDeskFile("policies: [{ client: contoso }]", "p.yaml", {
        queues: [],
        slas: [],
        clients: ["Contoso"],
      }).desk.policies,
    ).toHaveLength(1);
  });

  test("an empty section is not a missing one", () => {
    expect(parseDeskFile("policies: []\nlinks: {}", "desk.yaml").desk).toMatchObject({
      policies: [],
      links: { allow: [] },
      queues: null,
    });
  });
});

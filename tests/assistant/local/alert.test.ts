import { describe, expect, it } from "vitest";
import { alertKey, alertOf } from "../../../src/assistant/local/alert.ts";

const nagios = [{ name: "Nagios", address: "nagios@contoso.example" }];
const person = [{ name: "Ana Ruiz", address: "ana@contoso.example" }];
const of = (subject: string, newText = "", from = nagios) => alertOf({ subject, newText, from });

/** Subject, text, and [system, host, service, state]. */
const CASES: readonly (readonly [string, string, readonly [string, string, string, string]])[] = [
  [
    "** PROBLEM Service Alert: mail-01/SMTP is CRITICAL **",
    "Host: mail-01",
    ["nagios", "mail-01", "SMTP", "problem"],
  ],
  ["** RECOVERY Service Alert: mail-01/SMTP is OK **", "", ["nagios", "mail-01", "SMTP", "recovery"]],
  ["** PROBLEM alert 2 - Service Alert: web/HTTP is WARNING **", "", ["nagios", "web", "HTTP", "warning"]],
  ["** PROBLEM Host Alert: gw-2 is DOWN **", "", ["nagios", "gw-2", "", "problem"]],
  ["** RECOVERY Host Alert: gw-2 is UP **", "", ["nagios", "gw-2", "", "recovery"]],
  [
    "** ACKNOWLEDGEMENT Service Alert: mail-01/SMTP is CRITICAL **",
    "",
    ["nagios", "mail-01", "SMTP", "info"],
  ],
  ["** FLAPPINGSTART Host Alert: gw-2 is UP **", "", ["nagios", "gw-2", "", "info"]],
  ["[PROBLEM] Disk on db-2 is CRITICAL!", "", ["icinga", "db-2", "Disk", "problem"]],
  ["[RECOVERY] Disk on db-2 is OK!", "", ["icinga", "db-2", "Disk", "recovery"]],
  ["Check_MK: db-2/CPU load OK -> CRIT", "", ["checkmk", "db-2", "CPU load", "problem"]],
  ["Check_MK: db-2/CPU load CRIT -> OK", "", ["checkmk", "db-2", "CPU load", "recovery"]],
  ["Check_MK: db-2 UP -> DOWN", "", ["checkmk", "db-2", "", "problem"]],
  [
    "Problem: /: Disk space is low",
    "Problem started at 02:10:11\nProblem name: /: Disk space is low\nHost: app-7\nSeverity: High",
    ["zabbix", "app-7", "/: Disk space is low", "problem"],
  ],
  [
    "Resolved in 1h 4m 2s: /: Disk space is low",
    "Problem has been resolved\nProblem name: /: Disk space is low\nHost: app-7",
    ["zabbix", "app-7", "/: Disk space is low", "recovery"],
  ],
  [
    "[PRTG Network Monitor (MON1)] Ping 3 Down (No response (ICMP error # 11010))",
    "Sensor: Ping 3\nDevice: fw-lyon",
    ["prtg", "fw-lyon", "Ping 3", "problem"],
  ],
  [
    "[PRTG Network Monitor (MON1)] Ping 3 Down ENDED (now: Up)",
    "Sensor: Ping 3\nDevice: fw-lyon",
    ["prtg", "fw-lyon", "Ping 3", "recovery"],
  ],
  ["Datto alert: backup failure on SRV-9: agent", "", ["datto", "SRV-9", "agent", "problem"]],
  ["[Datto RMM] Alert resolved on SRV-9", "", ["datto", "SRV-9", "", "recovery"]],
  ["[Failed] Nightly (4 objects) 1 failed", "", ["veeam", "", "Nightly", "problem"]],
  ["[Success] Nightly (4 objects)", "", ["veeam", "", "Nightly", "recovery"]],
  ["UPS-RACK-1: on battery", "", ["ups", "UPS-RACK-1", "", "problem"]],
  ["UPS-RACK-1: power restored", "", ["ups", "UPS-RACK-1", "", "recovery"]],
  ["APC UPS-2: replace battery", "", ["ups", "UPS-2", "", "warning"]],
  ["Alert: Node sw-9 is down", "", ["solarwinds", "sw-9", "", "problem"]],
  ["Node sw-9 is up", "", ["solarwinds", "sw-9", "", "recovery"]],
  ["Alert: Interface sw-9 port Gi0/4 is down", "", ["solarwinds", "sw-9", "Gi0/4", "problem"]],
  ["Monitor is DOWN: shop", "", ["webcheck", "shop", "", "problem"]],
  ["Uptime Robot: Monitor is UP: shop", "", ["webcheck", "shop", "", "recovery"]],
  ["[FIRING:1] DiskFull db-2", "", ["alertmanager", "db-2", "DiskFull", "problem"]],
  ["[RESOLVED] DiskFull db-2", "", ["alertmanager", "db-2", "DiskFull", "recovery"]],
  [
    "srv-3 needs attention",
    "Host: srv-3\nService: RAID\nState: CRITICAL",
    ["monitoring", "srv-3", "RAID", "problem"],
  ],
  ["srv-3 is fine", "Device: srv-3\nSensor: RAID\nStatus: OK", ["monitoring", "srv-3", "RAID", "recovery"]],
];

const keys = (subjects: readonly string[], text = "") =>
  subjects.map((subject) => {
    const alert = of(subject, text);
    return alert === null ? null : alertKey(alert);
  });

describe("alerts of monitoring systems", () => {
  it.each(CASES)("%s", (subject, text, [system, host, service, state]) => {
    expect(of(subject, text)).toEqual({ system, host, service, state });
  });

  it.each([
    ["a person about an alert", "PRTG says the firewall is down, is that bad?", ""],
    ["a person's problem", "Problem: my printer", "Hi, my printer prints nothing."],
    ["a question in a person's words", "Is the server down?", "Nothing opens here."],
    ["an answer to an alert", "Re: ** PROBLEM Host Alert: gw-2 is DOWN **", "That was me, rebooting."],
    ["a forwarded alert", "WG: [PROBLEM] Disk on db-2 is CRITICAL!", "Bitte ansehen."],
    ["a form with a host", "New PC", "Host: pc-7\nState: Bavaria"],
    ["an order", "[Success] in sales", "Let us talk about success."],
    ["nothing", "", ""],
  ])("are not: %s", (_, subject, text) => {
    expect(of(subject, text, person)).toBeNull();
  });

  it("have one key for problem, repeat and recovery", () => {
    expect(
      new Set(
        keys([
          "** PROBLEM Service Alert: mail-01/SMTP is CRITICAL **",
          "** PROBLEM Service Alert: Mail-01/SMTP is WARNING **",
          "** RECOVERY Service Alert: mail-01/SMTP is OK **",
        ]),
      ),
    ).toEqual(new Set(["nagios|mail-01|smtp"]));
    expect(
      new Set(
        keys(["Problem: Disk low", "Resolved in 4m 2s: Disk low"], "Host: app-7\nProblem name: Disk low"),
      ).size,
    ).toBe(1);
    expect(
      new Set(keys(["Check_MK: db-2/CPU load OK -> CRIT", "Check_MK: db-2/CPU load CRIT -> OK"])).size,
    ).toBe(1);
    expect(new Set(keys(["UPS-1: on battery", "UPS-2: on battery"])).size).toBe(2);
  });

  it("name neither host nor check: nothing to group by", () => {
    expect(alertKey({ system: "datto", host: " ", service: "", state: "problem" })).toBeNull();
  });

  it("are read in no time, whatever stands in them", () => {
    const hostile = [
      `** PROBLEM Service Alert: ${"a/".repeat(100_000)}`,
      `[PRTG ${"] ".repeat(100_000)}`,
      `[Datto ${"-: ".repeat(100_000)}`,
      `Alert: Node ${"is ".repeat(100_000)}`,
      `UPS ${": ".repeat(100_000)}`,
    ];
    const started = performance.now();
    for (const subject of hostile) of(subject, "Host: ".repeat(200_000));
    expect(performance.now() - started).toBeLessThan(500);
  });
});

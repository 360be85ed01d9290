/** Mails that a monitoring system writes: which system, about what, and whether something broke or came back. */

import type { AlertState } from "../../desk/alert-state.ts";

export interface Alert {
  /** `nagios`, `zabbix`, `prtg`, …; `monitoring` where only the shape tells. */
  readonly system: string;
  /** As written, without its domain's dot at the end; "" where none is named. */
  readonly host: string;
  /** The check, the sensor, the job; "" where the host itself is meant. */
  readonly service: string;
  readonly state: AlertState;
}

/** The mail's words, and who sent it. */
interface AlertMail {
  readonly subject: string;
  readonly newText: string;
  readonly from: readonly { readonly name: string; readonly address: string }[];
}

/** What is looked at of the text, in characters: alerts say what they have to say at their head. */
const LOOKED_AT = 3000;

/**
 * `null` for what a person may have written. A word alone never makes an alert, since clients write about alerts too
 * ("we got a PRTG mail, is that bad?"): a system's own subject does, or the general shape with a program as its sender.
 * Linear in the text.
 */
export function alertOf(mail: AlertMail): Alert | null {
  // People forward and answer alerts: then a person speaks.
  if (PERSONAL_SUBJECT.test(mail.subject)) return null;
  const subject = mail.subject.slice(0, 300).replaceAll(/\s+/g, " ").trim();
  const text = mail.newText.slice(0, LOOKED_AT);
  for (const shape of SHAPES) {
    const groups = shape.subject.exec(subject)?.groups;
    if (groups === undefined || (shape.text !== undefined && !shape.text.test(text))) continue;
    const field = (name: string): string => groups[name]?.trim() ?? "";
    const state = stateOf(field("state"), subject);
    if (state === null) continue;
    return {
      system: shape.system,
      host: field("host") || fieldIn(text, HOST_FIELD),
      service: field("service") || (groups["service"] === undefined ? fieldIn(text, SERVICE_FIELD) : ""),
      state,
    };
  }
  return generalAlert(mail, subject, text);
}

/** One line for grouping: the same host and service of the same system, whatever the state. `null` where it names neither. */
export function alertKey(alert: Alert): string | null {
  const [host, service] = [alert.host, alert.service].map((part) =>
    part.toLowerCase().replaceAll(/\s+/g, " ").trim().slice(0, 100),
  );
  return host === "" && service === "" ? null : `${alert.system}|${host}|${service}`;
}

const PERSONAL_SUBJECT =
  /^\s*(?:re|aw|fw|fwd|wg|tr|rv|sv|vs|antw|doorst|enc|res|odp|i|r)\s*(?:\[\d{1,3}\]\s*)?:/iu;

interface Shape {
  readonly system: string;
  /** Groups `state`, `host`, `service`; each may be missing. A group that took part and is empty means "none". */
  readonly subject: RegExp;
  /** What the text must hold too, where the subject alone could be a person's. */
  readonly text?: RegExp;
}

const STATE =
  "(?<state>PROBLEM|RECOVERY|CRITICAL|WARNING|UNKNOWN|OK|UP|DOWN|UNREACHABLE|ACKNOWLEDGEMENT|FLAPPINGSTART|FLAPPINGSTOP|FLAPPINGDISABLED|DOWNTIMESTART|DOWNTIMEEND|DOWNTIMECANCELLED|CUSTOM)";

const UPS_MAKERS = "apc|eaton|smart-ups|powerchute|nut";
const UPS_STATE =
  "(?<state>on battery|low battery|battery (?:low|needs? replac\\w*|replaced|normal)|on line power|power (?:failure|restored|lost)|utility power restored|replace battery|overload|communications? (?:lost|established|restored)|self.?test (?:failed|passed)|back on mains)";

/** In this order: the first that fits is taken. Names of products as their own mails bear them. */
const SHAPES: readonly Shape[] = [
  // ** PROBLEM Service Alert: srv-01/Disk C is CRITICAL **   (Nagios, Icinga, Naemon)
  {
    system: "nagios",
    subject: new RegExp(
      `^\\**\\s*${STATE}\\s+(?:alert\\s+\\d+\\s+)?(?:-\\s*)?service alert:\\s*(?<host>[^/]{1,80})/(?<service>.{1,120}?)\\s+is\\s+\\w+`,
      "iu",
    ),
  },
  {
    system: "nagios",
    subject: new RegExp(
      `^\\**\\s*${STATE}\\s+(?:-\\s*)?host alert:\\s*(?<host>\\S{1,80})(?<service>)\\s+is\\s+\\w+`,
      "iu",
    ),
  },
  // [PROBLEM] Disk on srv-01 is CRITICAL!   (Icinga 2)
  {
    system: "icinga",
    subject: new RegExp(
      `^\\[${STATE}\\]\\s+(?<service>.{1,120}?)\\s+on\\s+(?<host>\\S{1,80})\\s+is\\s+\\w+`,
      "iu",
    ),
  },
  {
    system: "icinga",
    subject: new RegExp(`^\\[${STATE}\\]\\s+host\\s+(?<host>\\S{1,80})(?<service>)\\s+is\\s+\\w+`, "iu"),
  },
  // Check_MK: srv-01/CPU load OK -> CRIT
  {
    system: "checkmk",
    subject:
      /^check_?mk:\s*(?<host>[^/\s]{1,80})(?:\/(?<service>.{1,120}?))?\s+\w+\s*->\s*(?<state>\w{2,12})/iu,
  },
  // Problem: Free disk space is low on srv-01; Resolved in 4m 2s: …   (Zabbix)
  {
    system: "zabbix",
    subject: /^(?<state>problem|resolved|recovery)(?: in [\dwdhms ]{1,24})?:\s*(?<service>.{1,160})$/iu,
    text: /^(?:problem (?:name|started)|original problem id|host\s*:|trigger|severity\s*:)/imu,
  },
  // [PRTG Network Monitor (PRTG01)] Ping (Ping) Down (No response)
  {
    system: "prtg",
    subject:
      /^\[prtg[^\]]{0,80}\]\s*(?:(?<host>[^/\]]{1,80}?)\s*[/>]\s*)?(?<service>.{1,120}?)\s+(?<state>down(?: ended)?|up|warning(?: ended)?|unusual|paused|ok|error|partial)\b/iu,
  },
  // [Datto RMM] Alert: …, Datto RMM alert on SRV-01: …
  {
    system: "datto",
    subject:
      /^(?:\[?datto[^\]:]{0,40}\]?)[\s:–-]{1,4}(?<state>alert(?: resolved| cleared)?|resolved|backup failure|backup (?:failed|success\w*)|screenshot (?:failure|success\w*)|critical|warning)\b[\s:–-]{0,4}(?:on |for |from )?(?<host>[\w.-]{2,80})?(?:\s*[:–-]\s*(?<service>.{1,120}))?/iu,
  },
  // [Failed] Nightly file server (3 objects) 1 failed;  [Success] …   (Veeam)
  {
    system: "veeam",
    subject:
      /^\[(?<state>failed|warning|success)\]\s*(?<service>[^()]{1,120}?)\s*\(\d{1,5} (?:objects?|vms?|machines?|computers?|items?)\)/iu,
  },
  {
    system: "veeam",
    subject:
      /^veeam\b[^:]{0,60}:\s*(?<service>[^:]{1,120}?)\s*[:–-]\s*(?<state>failed|warning|success|error|resolved|completed)/iu,
  },
  // UPS-RACK-1: on battery;  APC UPS-2: replace battery;  Eaton: on battery
  {
    system: "ups",
    subject: new RegExp(
      `^(?:\\[?(?:${UPS_MAKERS})\\]?[\\s:–-]{1,4})?(?<host>(?:ups|usv)[\\w.-]{0,60})[\\s:–-]{1,4}(?<service>)${UPS_STATE}`,
      "iu",
    ),
  },
  {
    system: "ups",
    subject: new RegExp(`^\\[?(?:${UPS_MAKERS})\\]?[\\s:–-]{1,4}(?<service>)${UPS_STATE}`, "iu"),
  },
  // Alert: Node sw-core-1 is down;  Node sw-core-1 is up   (SolarWinds and its like)
  {
    system: "solarwinds",
    subject:
      /^(?:\[?(?:orion|solarwinds)[^\]:]{0,40}\]?[\s:–-]{1,4})?(?:alert|reset|warning|critical)?[\s:–-]{0,4}(?:node|interface|volume|application|component)\s+(?<host>\S{2,80})(?:\s+(?:on|port)\s+(?<service>\S{1,60}))?\s+(?:is|went|has gone|is back|came back|on \S{1,60} is)\s+(?<state>down|up|unreachable|critical|warning|above threshold|below threshold|back to normal|in warning)\b/iu,
  },
  // Down: shop.contoso.example;  Monitor is UP: …   (web checks)
  {
    system: "webcheck",
    subject:
      /^(?:\[?(?:uptime[\w ]{0,20}|pingdom|statuscake|site24x7|hetrixtools)\]?[\s:–-]{1,4})(?:alert[\s:–-]{1,4})?(?:monitor (?:is )?)?(?<state>down|up|recovered|back up)\b[\s:–-]{1,4}(?<host>\S{3,100})(?<service>)/iu,
  },
  {
    system: "webcheck",
    subject: /^monitor is (?<state>down|up)[\s:–-]{1,4}(?<host>\S{3,100})(?<service>)/iu,
  },
  // [FIRING:1] DiskFull srv-01;  [RESOLVED] …   (Prometheus Alertmanager, Grafana)
  {
    system: "alertmanager",
    subject:
      /^\[(?<state>firing|resolved|alerting|ok|no data)(?::\d{1,4})?\]\s*(?<service>\S{2,80})(?:\s+\(?(?<host>[\w.:-]{2,80})\)?)?/iu,
  },
];

/** The names that systems give to states, folded to four. Anything else is no state, and the mail no alert. */
const PROBLEMS =
  /^(?:problem|critical|crit|unknown|down|unreachable|error|failed|failure|alert|firing|alerting|no data|above threshold|below threshold|backup fail\w*|screenshot failure|on battery|low battery|battery low|power (?:failure|lost)|overload|communications? lost|self.?test failed)$/iu;
const WARNINGS = /^(?:warning|warn|unusual|partial|in warning|battery needs? replac\w*|replace battery)$/iu;
const RECOVERIES =
  /^(?:recovery|recovered|resolved|ok|up|back up|success\w*|completed|down ended|warning ended|alert (?:resolved|cleared)|back to normal|backup success\w*|screenshot success\w*|on line power|power restored|utility power restored|communications? (?:established|restored)|self.?test passed|back on mains|battery (?:normal|replaced))$/iu;
const INFOS = /^(?:acknowledgement|flapping\w*|downtime\w*|custom|paused)$/iu;

function stateOf(word: string, subject: string): AlertState | null {
  // Icinga names the state's change last: "[CUSTOM]", "[DOWNTIMESTART]" are neither.
  if (INFOS.test(word)) return "info";
  if (RECOVERIES.test(word)) return "recovery";
  if (WARNINGS.test(word)) return "warning";
  if (!PROBLEMS.test(word)) return null;
  if (/\b(?:recovered|resolved|cleared|back to normal)\b/iu.test(subject)) return "recovery";
  // "** PROBLEM Service Alert: … is WARNING **"
  return /\bis warning\b/iu.test(subject) ? "warning" : "problem";
}

const HOST_FIELD =
  /^[ \t]*(?:host|hostname|host name|device|node|server|system|gerät|machine|computer|endpoint)[ \t]*[:=][ \t]*(?<value>\S{1,80})/imu;
const SERVICE_FIELD =
  /^[ \t]*(?:service|sensor|check|job(?: name)?|monitor|metric|problem name|dienst)[ \t]*[:=][ \t]*(?<value>\S.{0,119})/imu;
const STATE_FIELD =
  /^[ \t]*(?:state|status|new state|severity|zustand|result)[ \t]*[:=][ \t]*(?<value>\w{2,12}(?: ended)?)/imu;

function fieldIn(text: string, field: RegExp): string {
  return (
    field
      .exec(text)
      ?.groups?.["value"]?.trim()
      .replace(/[.,;]$/, "") ?? ""
  );
}

/** Local parts from which programs write. */
const PROGRAM_SENDER =
  /^(?:alerts?|alarms?|alarme|monitoring|monitor|nagios|icinga|zabbix|prtg|checkmk|check_mk|backup|backups|veeam|rmm|noc|ups|apc|grafana|prometheus|librenms|observium|orion|solarwinds|datto|nas|synology|qnap|idrac|ilo|esxi|vcenter|uptime|pingdom|root|watchdog|notifications?)(?:[+._-].*|\d{0,3})?$/iu;

/** No known subject, but a program's address and the form of an alert: a host, and a state, each on a line of its own. */
function generalAlert(mail: AlertMail, subject: string, text: string): Alert | null {
  const local = (mail.from[0]?.address ?? "").split("@")[0] ?? "";
  if (!PROGRAM_SENDER.test(local)) return null;
  const host = fieldIn(text, HOST_FIELD);
  const state = stateOf(fieldIn(text, STATE_FIELD), subject);
  if (host === "" || state === null) return null;
  return { system: "monitoring", host, service: fieldIn(text, SERVICE_FIELD), state };
}

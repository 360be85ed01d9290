import { join } from "node:path";
import { embeddedDefaults, type Config } from "../src/config.ts";

/** The desk as an MSP of six would run it, with what makes it wait turned off. */
export function benchConfig(directory: string, relayPort: number): Config {
  const defaults = embeddedDefaults(directory);
  return {
    ...defaults,
    desk: { ...defaults.desk, name: "Northwind Support" },
    intake: [{ kind: "smtp", host: "127.0.0.1", port: 0, maxSizeBytes: 64 * 1024 * 1024 }],
    relay: { kind: "smtp", host: "127.0.0.1", port: relayPort, secure: false, auth: null },
    review: { ...defaults.review, digestEveryMs: 0, holdMs: 0, identity: ["token"] },
  };
}

export const databaseFile = (directory: string): string => join(directory, "data", "countersign.sqlite");

export const CLIENTS = [
  "Contoso",
  "Fabrikam",
  "Tailspin",
  "Litware",
  "Proseware",
  "Adatum",
  "Woodgrove",
  "Wingtip",
] as const;

export const CONTACTS = [
  "Ana Ruiz",
  "Li Chen",
  "Jonas Weber",
  "Priya Nair",
  "Tom Baker",
  "Sofia Rossi",
  "Karim Haddad",
  "Eva Novak",
  "Marta Silva",
  "Ben Okafor",
  "Julia Lang",
  "Noor Aziz",
] as const;

export const domainOf = (client: string): string => `${client.toLowerCase()}.example`;
export const localPart = (name: string): string => name.toLowerCase().replaceAll(" ", ".");

const TECHNICIANS = [
  ["Dana Wu", "[Network, Service Desk]", "[vpn, network]"],
  ["Kim Sato", "[Service Desk]", "[email, mailbox]"],
  ["Omar Diaz", "[Service Desk]", "[printer, hardware]"],
  ["Lena Vogt", "[Applications]", "[software, licence]"],
  ["Paul Ivers", "[Applications, Service Desk]", "[software, permissions]"],
  ["Rita Gomes", "[Network]", "[network, outage]"],
] as const;

/** For `import`: queues, technicians, clients with their contacts. */
export const DESK_YAML = [
  "queues:",
  "  - { name: Service Desk, default: true }",
  "  - { name: Network, skills: [vpn, network, outage] }",
  "  - { name: Applications, skills: [software, licence, permissions] }",
  "technicians:",
  ...TECHNICIANS.map(
    ([name, queues, skills]) =>
      `  - { name: ${name}, email: ${localPart(name)}@msp.example, role: technician, queues: ${queues}, skills: ${skills} }`,
  ),
  "  - { name: Alex Admin, email: alex@msp.example, role: admin, queues: [] }",
  "clients:",
  ...CLIENTS.map(
    (client, index) =>
      `  - { name: ${client}, domains: [${domainOf(client)}], vip: ${String(index === 0)}, contacts: [${CONTACTS.map(
        (name) => `{ name: ${name}, email: ${localPart(name)}@${domainOf(client)} }`,
      ).join(", ")}] }`,
  ),
  "",
].join("\n");

export const ARTICLES: readonly { readonly title: string; readonly body: string }[] = [
  {
    title: "VPN client drops every hour",
    body: "Known fault of the VPN client 7.2.\n\n1. Open the VPN client.\n2. Choose Settings, Connection.\n3. Switch Fast rekey off and connect again.",
  },
  {
    title: "Printer does not print",
    body: "Most often a job hangs in the queue.\n\n1. Switch the printer off and on.\n2. Delete the waiting jobs.\n3. Print a test page.",
  },
  {
    title: "Mailbox is full",
    body: "A full mailbox takes no new mail.\n\n1. Empty Deleted Items.\n2. Sort by size and move large mails to the archive.",
  },
  {
    title: "New phone for sign-in codes",
    body: "The authenticator does not move by itself.\n\n1. Keep the old phone.\n2. Open the security page and add the new one.",
  },
  {
    title: "Shared folder: access for a colleague",
    body: "The owner of the folder must agree.\n\n1. Name the folder and the colleague.\n2. Say whether they read or write.",
  },
  {
    title: "No sound in meetings",
    body: "The headset is often not the chosen device.\n\n1. Open the device settings of the meeting.\n2. Choose the headset.\n3. Make a test call.",
  },
  {
    title: "Computer is slow in the morning",
    body: "Updates run after the start.\n\n1. Leave it on over night once.\n2. Restart it.\n3. Close what starts by itself.",
  },
  {
    title: "Licence for office programs",
    body: "A licence is bound to an account.\n\n1. Sign out of the program.\n2. Sign in with the work account.",
  },
];

import type { HeaderField } from "../../../mail/message.ts";
import { ownedDomain } from "../web-address.ts";
import { those, type Clue } from "./clue.ts";

/** The servers nearest to the sender. */
const FIRST_HOPS = 3;

/** How the first servers saw the sender: it stands in the lowest Received fields, which later servers only add to. */
export function firstHopClues(headers: readonly HeaderField[]): readonly Clue[] {
  const hops = headers.filter(({ name }) => name === "received").slice(-FIRST_HOPS);
  return [...new Set(hops.flatMap(({ value }) => hopClues(value.slice(0, 1_000))))];
}

function hopClues(text: string): readonly Clue[] {
  const helo = /^from\s+(\S{1,100})/i.exec(text)?.[1]?.toLowerCase() ?? "";
  // `from mx.contoso.example (host7.pool.example [192.0.2.1])`: what it called itself, and what its address is called.
  const called =
    /^from\s+\S{1,200}\s+\((?:\w{1,64}@)?([a-z0-9.-]{1,200}\.[a-z]{2,24})\s+\[/i
      .exec(text)?.[1]
      ?.toLowerCase() ?? "";
  const owned = called !== "" && ownedDomain(helo) === ownedDomain(called);
  return those({
    "hop:no-name": /^from\s+\S{1,200}\s+\(\[\d/i.test(text),
    "hop:helo-is-name": called !== "" && helo === called,
    "hop:helo-of-owner": owned && helo !== called,
    "hop:helo-of-other": called !== "" && !owned,
    "hop:no-number": !/\d\.\d+\.\d+\.\d/.test(text),
    "hop:no-date": !text.includes(";"),
    "hop:esmtp": /with\s+esmtp/i.test(text),
    "hop:smtp": /with\s+smtp\b/i.test(text),
    "hop:user-named": /\(\w{1,64}@/.test(text),
    "hop:private-number": /\b(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d/.test(text),
    "hop:may-be-forged": text.includes("may be forged"),
    "hop:unknown": /\bunknown\b/i.test(text),
    "hop:number-helo": /^\[?\d+\.\d+\.\d+\.\d+\]?$/.test(helo),
    "hop:bare-helo": helo !== "" && !helo.includes(".") && helo !== "localhost",
    "hop:helo-word": /\(HELO\b/i.test(text),
    "hop:from-number": /\(\[?\d+\.\d+\.\d+\.\d+\]?\)/.test(text),
    "hop:home-line": /\b(?:dsl|adsl|cable|dial|ppp|pool|dynamic|dhcp)[.\d-]/i.test(text),
    "hop:user-script": /userid \d+|\(from \w+@localhost\)|with (?:local|HTTP)\b/i.test(text),
  });
}

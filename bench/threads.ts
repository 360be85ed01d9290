import { readdirSync, readFileSync } from "node:fs";

/** CPU milliseconds so far by the threads' names (Linux); empty elsewhere. A thread that has ended is not in it. */
export function threadCpu(): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  let ids: readonly string[];
  try {
    ids = readdirSync("/proc/self/task");
  } catch {
    return sums;
  }
  for (const id of ids) {
    const stat = readFileSync(`/proc/self/task/${id}/stat`, "latin1");
    // proc(5): the name stands in parentheses and may hold any sign; utime and stime are the 14th and 15th field.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const name =
      Number(id) === process.pid ? "main" : nameOf(stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")")));
    // A hundred ticks a second on every Linux that Node runs on.
    sums[name] = (sums[name] ?? 0) + 10 * (Number(fields[11]) + Number(fields[12]));
  }
  return sums;
}

function nameOf(comm: string): string {
  if (comm.startsWith("libuv")) return "database and files";
  if (comm.startsWith("V8")) return "compiler and collector";
  return "parser and others";
}

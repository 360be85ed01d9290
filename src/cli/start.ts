import { flushCompileCache } from "node:module";
import { Command, InvalidArgumentError } from "commander";
import { allClients } from "../store/people.ts";
import { createLog } from "./log.ts";
import { openDesk } from "./open-desk.ts";
import { readiness } from "./readiness.ts";
import { DESK_ROLES, runDesk, type DeskRole } from "./run-desk.ts";
import { readConfig, takesConfig, type ConfigOption } from "./with-desk.ts";

export function startCommand(): Command {
  return takesConfig(new Command("start"))
    .description("run the desk: intake, worker and web in one process")
    .option(
      "--role <roles>",
      "only these parts, comma-separated: intake, worker, web (several processes need PostgreSQL)",
      rolesIn,
    )
    .action((options: ConfigOption & { role?: readonly DeskRole[] }) => start(options));
}

function rolesIn(text: string): readonly DeskRole[] {
  const roles = text.split(",").map((word) => word.trim());
  const wrong = roles.find((role) => !DESK_ROLES.includes(role as DeskRole));
  if (wrong !== undefined)
    throw new InvalidArgumentError(`"${wrong}" is no part of the desk; there are ${DESK_ROLES.join(", ")}.`);
  return roles as DeskRole[];
}

/** Runs until SIGTERM or SIGINT, then drains: what is under way is finished, what waits is left for the next start. */
async function start(options: ConfigOption & { role?: readonly DeskRole[] }): Promise<void> {
  // Before the worker begins: a signal that nobody hears ends the process in the middle of a hand-over.
  const stopping = askedToStop();
  const config = await readConfig(options);
  const log = createLog(config.log);
  const open = await openDesk(config, log);
  for (const warning of config.warnings) log.warn({}, warning);
  const running = await runDesk(open, log, options.role);
  log.info(
    {},
    `${config.desk.name} is open: clients write to ${config.desk.address}, reviews come back to ${config.desk.reviewAddress}`,
  );
  for (const port of running.smtpPorts) log.info({ port }, `SMTP intake listens on port ${port}`);
  if (running.webPort !== null) log.info({ url: config.web.url }, `the console is at ${config.web.url}`);
  // Node writes it at a clean end alone, and not every desk gets one.
  flushCompileCache();
  const { technicians } = await open.desk.directory.current();
  if (technicians.length === 0)
    log.warn(
      {},
      "this desk is empty: no technician, so nobody can be asked, and no client. Bring them in with: countersign import desk.yaml --as you@example.com (the README shows such a file)",
    );
  else if ((await allClients(open.desk.database.reader)).length === 0)
    log.warn(
      {},
      "there are no clients yet, so every sender is a stranger: countersign import desk.yaml --as you@example.com",
    );
  for (const check of await readiness(open, []))
    if (!check.ok) log.error({}, `${check.detail}; the desk goes on and tries again`);

  log.info({}, `${await stopping}: finishing what is under way`);
  try {
    await running.close();
  } catch (error) {
    log.error({ error }, "the desk did not close cleanly");
    process.exitCode = 1;
  }
}

/** The first signal. A second one of its kind ends the process at once, as everywhere. */
function askedToStop(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve(signal));
  });
}

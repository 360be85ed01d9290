import { Command, InvalidArgumentError } from "commander";
import type { Technician } from "../desk/ticket.ts";
import { UsageError } from "../errors.ts";
import { sameAddress } from "../mail/address.ts";
import { attentionOf, type Attention } from "../steps/review/attention.ts";
import type { Desk } from "../steps/desk.ts";
import { resolveDelivery, type Resolution } from "../steps/delivery/resolve-delivery.ts";
import { thaw, whatWaits, type FrozenDesk } from "../steps/upkeep/thaw.ts";
import { deliveriesOf } from "../store/releases.ts";
import { ticketsByIds } from "../store/tickets.ts";
import { takesConfig, withDesk, type ConfigOption } from "./with-desk.ts";

type As = ConfigOption & { readonly as: string };
type ResolveOptions = As & {
  readonly delivered?: true;
  readonly resend?: true;
  readonly notDelivered?: true;
};

export function deliveryCommand(): Command {
  const delivery = new Command("delivery").description(
    "replies whose hand-over needs a person, and mail that never arrived",
  );
  delivery.addCommand(
    takesConfig(new Command("list"))
      .description(
        "print the uncertain replies, the mail to technicians that was lost, and the jobs given up",
      )
      .action((options: ConfigOption) => list(options)),
  );
  delivery.addCommand(
    takesConfig(new Command("resolve"))
      .description("say what became of an uncertain reply; name exactly one of the three")
      .argument("<release>", "the release's number, as list prints it", releaseIn)
      .requiredOption("--as <email>", "who says so: a technician's registered address")
      .option("--delivered", "it did arrive")
      .option("--not-delivered", "it did not arrive, and is not sent again; the ticket stays open")
      .option("--resend", "send it again, with the same bytes and the same Message-ID")
      .action((release: number, options: ResolveOptions) => resolve(release, options)),
  );
  delivery.addCommand(
    takesConfig(new Command("thaw"))
      .description("after a backup was restored: show what would be sent, and let sends go on")
      .requiredOption("--as <email>", "who looked: a lead's or an admin's registered address")
      .option("--send", "send what waits, but what had begun to leave before the restore")
      .option("--call-back", "call every waiting reply back; sends go on for what is approved from now on")
      .action((options: As & { send?: true; callBack?: true }) => thawDesk(options)),
  );
  return delivery;
}

function releaseIn(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("a release's number is wanted, such as 12.");
  return Number(text);
}

async function list(options: ConfigOption): Promise<void> {
  const text = await withDesk(options, async ({ desk }) => describe(desk, await attentionOf(desk)));
  process.stdout.write(text);
}

async function describe(desk: Desk, attention: Attention): Promise<string> {
  const db = desk.database.reader;
  const { technicians } = await desk.directory.current();
  const tickets = await ticketsByIds(
    db,
    attention.uncertain.map((release) => release.ticketId),
  );
  const attempts = await deliveriesOf(
    db,
    attention.uncertain.map((release) => release.id),
  );
  const lines: string[] = [];
  if (attention.frozen !== null)
    lines.push(
      `Nothing is sent since ${attention.frozen.at}: ${attention.frozen.reason}.`,
      "    countersign delivery thaw --as YOU",
    );
  for (const release of attention.uncertain) {
    const ticket = tickets.get(release.ticketId);
    const seen = attempts.findLast((one) => one.releaseId === release.id);
    lines.push(
      `release ${release.id}  uncertain since ${release.finishedAt ?? "?"}  #${ticket?.number ?? "?"} ${ticket?.subject ?? ""}`,
      `    to ${release.envelopeTo.join(", ")}  Message-ID ${release.messageId}`,
      `    seen: ${seen?.text ?? "nothing"}`,
      `    countersign delivery resolve ${release.id} --as YOU --delivered, --not-delivered or --resend`,
    );
  }
  for (const lost of attention.lostMail) {
    const technician = technicians.find((one) => one.id === lost.technicianId);
    lines.push(`${lost.kind} to ${technician?.email ?? "?"} of ${lost.at} never arrived: ${lost.reason}`);
  }
  for (const job of attention.failedJobs)
    lines.push(`job ${job.id} (${job.kind}) was given up at ${job.failedAt}: ${job.reason}`);
  return lines.length === 0 ? "Nothing needs a person.\n" : `${lines.join("\n")}\n`;
}

async function resolve(releaseId: number, options: ResolveOptions): Promise<void> {
  const said: Resolution[] = [
    ...(options.delivered === true ? (["delivered"] as const) : []),
    ...(options.notDelivered === true ? (["not-delivered"] as const) : []),
    ...(options.resend === true ? (["resend"] as const) : []),
  ];
  const [resolution] = said;
  if (resolution === undefined || said.length > 1)
    throw new UsageError("Name one of --delivered, --not-delivered and --resend.");
  const resolved = await withDesk(options, async ({ desk }) =>
    resolveDelivery(desk, releaseId, resolution, await technicianNamed(desk, options.as, () => true)),
  );
  if (resolved === null) throw new UsageError(`There is no release ${releaseId}.`);
  if (!resolved.done) throw new UsageError(resolved.sentence);
  process.stdout.write(`${resolved.sentence}\n`);
}

async function thawDesk(options: As & { send?: true; callBack?: true }): Promise<void> {
  if (options.send === true && options.callBack === true)
    throw new UsageError("Name --send or --call-back, not both.");
  const text = await withDesk(options, async ({ desk }) => {
    const by = await technicianNamed(desk, options.as, (one) => one.role !== "technician");
    const waits = await whatWaits(desk);
    if (waits.since === null) return "Sends are not frozen.\n";
    const shown = showWaiting(waits);
    if (options.send !== true && options.callBack !== true)
      return `${shown}Nothing was changed. To go on: the same command with --send or --call-back.\n`;
    await thaw(desk, by, { callBack: options.callBack === true });
    return `${shown}Sends go on.\n`;
  });
  process.stdout.write(text);
}

function showWaiting({ since, releases, insideMail }: FrozenDesk): string {
  const lines = [
    `Nothing is sent since ${since?.at ?? "?"}: ${since?.reason ?? ""}.`,
    `Replies to clients that this database thinks are still to be sent: ${releases.length}`,
    ...releases.map(
      (release) =>
        `    release ${release.id} (${release.status}) to ${release.envelopeTo.join(", ")}  ${release.messageId}${
          release.handedOverAt === null
            ? ""
            : `\n        BEGAN TO LEAVE at ${release.handedOverAt}, before the restore: it is not sent again`
        }`,
    ),
    `Mail to technicians that waits: ${insideMail.length}`,
    "What was decided after the backup is not known here: look into the Sent folder before you approve a draft once more.",
  ];
  return `${lines.join("\n")}\n`;
}

async function technicianNamed(
  desk: Desk,
  email: string,
  may: (technician: Technician) => boolean,
): Promise<Technician> {
  const { technicians } = await desk.directory.current();
  const candidates = technicians.filter((one) => one.active && may(one));
  const found = candidates.find((one) => sameAddress(one.email, email));
  if (found === undefined)
    throw new UsageError(
      `--as ${email} is nobody here who may do this. There are: ${candidates.map((one) => one.email).join(", ") || "none; import one first"}.`,
    );
  return found;
}

import type { Desk } from "../steps/desk.ts";
import type { Mailboxes } from "./mailboxes.ts";
import type { PostOffice } from "./outgoing.ts";
import type { Player } from "./people.ts";

/** Everything that the demo plays with: a running desk, everybody's mailboxes, and the post between them. */
export interface Stage {
  readonly desk: Desk;
  readonly mailboxes: Mailboxes;
  readonly post: PostOffice;
  readonly players: readonly Player[];
  /** `null` where the desk runs without its console. */
  readonly consoleUrl: string | null;
  /** The undo window, and how often a technician's digest is gathered. */
  readonly holdSeconds: number;
  readonly digestSeconds: number;
  /** One line of the story. */
  readonly say: (text: string) => void;
}

/** The second half of the gate: what the author of a reply that passed the first (`gate.ts`) may release. */
import type { HighRiskCode } from "../desk/risk.ts";

type ItemCode =
  | "item-used"
  | "item-void"
  | "no-draft"
  | "draft-not-current"
  | "newer-client-message"
  | "needs-console"
  | "needs-unedited"
  | "nobody-to-send-to";

/**
 * What a mailed reply may release of an item (protocol §3, 6): of an identity request or a security incident the unedited
 * call-back text of its template; nothing where the client shares the technicians' domain; anything of the others, though a
 * high-risk item has to be named by its number.
 */
export function mailMayRelease(
  codes: readonly HighRiskCode[],
  template: string | null,
): "anything" | "unedited" | "nothing" {
  if (codes.includes("shared-domain")) return "nothing";
  if (!codes.some((code) => code === "identity" || code === "security" || code === "payment"))
    return "anything";
  return template === null || /^client\/(identity|security)-/.test(template) ? "unedited" : "nothing";
}

export interface ItemFacts {
  readonly itemStatus: "live" | "used" | "void";
  readonly draft: {
    readonly id: number;
    readonly status: string;
    readonly basedOnMessageId: number | null;
    readonly canonicalSha256: string;
  } | null;
  /** Hash that the digest showed. */
  readonly shownSha256: string | null;
  readonly lastClientMessageId: number | null;
  readonly byMail: "anything" | "unedited" | "nothing";
  /** What makes it high-risk, for the sentence. */
  readonly risks: readonly HighRiskCode[];
  readonly edited: boolean;
  readonly recipients: number;
}

interface ItemCheck {
  /** Unique among all checks of the gate. */
  readonly name: string;
  readonly code: ItemCode;
  /** The sentence of its refusal; `null` where it holds. */
  readonly refuses: (facts: ItemFacts) => string | null;
}

export const itemChecks: readonly ItemCheck[] = [
  {
    name: "item-not-used",
    code: "item-used",
    refuses: ({ itemStatus }) => (itemStatus === "used" ? "It was decided already." : null),
  },
  {
    name: "item-not-void",
    code: "item-void",
    refuses: ({ itemStatus }) => (itemStatus === "void" ? "It is no longer current." : null),
  },
  {
    name: "draft-there",
    code: "no-draft",
    refuses: ({ draft }) => (draft === null ? "There is no draft to send." : null),
  },
  {
    name: "draft-still-proposed",
    code: "draft-not-current",
    refuses: ({ draft }) =>
      draft === null || draft.status === "proposed" ? null : "The draft has changed since that digest.",
  },
  {
    name: "draft-as-shown",
    code: "draft-not-current",
    refuses: ({ draft, shownSha256 }) =>
      draft === null || draft.canonicalSha256 === shownSha256
        ? null
        : "The draft has changed since that digest.",
  },
  {
    name: "no-newer-client-message",
    code: "newer-client-message",
    refuses: ({ draft, lastClientMessageId }) =>
      draft === null || draft.basedOnMessageId === lastClientMessageId
        ? null
        : "The client has written again since.",
  },
  {
    name: "mail-may-release",
    code: "needs-console",
    refuses: ({ byMail, risks }) =>
      byMail === "nothing" ? `${kindOf(risks)} cannot be answered by mail: it waits for the console.` : null,
  },
  {
    name: "mail-may-edit",
    code: "needs-unedited",
    refuses: ({ byMail, edited, risks }) =>
      byMail === "unedited" && edited
        ? `${kindOf(risks)} takes only the draft as it stands by mail: “approve” and its number sends it. Other words wait for the console; tell the client the rest on the phone.`
        : null,
  },
  {
    name: "somebody-to-send-to",
    code: "nobody-to-send-to",
    refuses: ({ recipients }) => (recipients === 0 ? "No recipient is left." : null),
  },
];

/** Whether this item's draft may be released now. The compare-and-set in the store has the last word. */
export function checkItem(
  facts: ItemFacts,
  checks: readonly ItemCheck[] = itemChecks,
): { readonly code: ItemCode; readonly sentence: string } | null {
  for (const { code, refuses } of checks) {
    const sentence = refuses(facts);
    if (sentence !== null) return { code, sentence };
  }
  return null;
}

/** What the item is, for a sentence about it: the kind that asks for the most comes first. */
function kindOf(risks: readonly HighRiskCode[]): string {
  if (risks.includes("shared-domain")) return "Mail of a client who shares the technicians' domain";
  if (risks.includes("payment")) return "A request about payment details";
  if (risks.includes("security")) return "A security incident";
  return "A request for access or an identity change";
}

import type { ReplyContent } from "../../review/release.ts";
import { messageById } from "../../store/messages.ts";
import { readRaw } from "../../store/raw-messages.ts";
import type { Deciding } from "./deciding.ts";

/** Many mail servers take 25 MB, and base64 makes a third more of it. */
const LARGEST_TOTAL = 15 * 1024 ** 2;
const MOST_FILES = 20;
/** What mail programs add by themselves. */
const NO_FILES = /^application\/(?:x-)?(?:pkcs7-signature|pgp-signature|ms-tnef)\b/i;
/** Direction marks and characters without width can make `exe.txt` of a name that ends in `.exe`. */
const hidden = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

export interface FilesToSend {
  /** As they become part of the reply, and of its hash. */
  readonly attachments: ReplyContent["attachments"];
  /** By hex SHA-256. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** The files of the review reply itself; pictures of a signature are none. A sentence where there is nothing to send. */
export async function filesOfReply({ desk, unit, messageId }: Deciding): Promise<FilesToSend | string> {
  const message = messageId === null ? null : await messageById(unit.db, messageId);
  const listed = (message?.attachments ?? []).filter(
    (one) => !one.inline && one.size > 0 && !NO_FILES.test(one.contentType),
  );
  const [first] = listed;
  if (message === null || message.rawSha256 === null || first === undefined)
    return "This reply has no files to attach. Nothing was sent.";
  if (listed.length > MOST_FILES)
    return `These are ${listed.length} files; ${MOST_FILES} are the most. Nothing was sent.`;
  const total = listed.reduce((sum, one) => sum + one.size, 0);
  if (total > LARGEST_TOTAL)
    return `The files have ${Math.ceil(total / 1024 ** 2)} MB together; 15 MB are the most that mail servers take for certain. Nothing was sent.`;
  const chunks: Buffer[] = [];
  for await (const chunk of readRaw(unit.db, message.rawSha256, desk.sealing)) chunks.push(chunk);
  // Its own MIME parser beside the one in the parser thread; few replies have files.
  const { attachedFiles } = await import("../../mail/parse/attached-files.ts");
  const files = await attachedFiles(Buffer.concat(chunks), new Set(listed.map((one) => one.sha256)));
  const lost = listed.find((one) => !files.has(one.sha256));
  if (lost !== undefined)
    return `The file ${lost.filename} could not be read out of this reply. Nothing was sent.`;
  return {
    attachments: listed.map(({ filename, contentType, sha256 }, at) => ({
      filename: filename.replace(hidden, "").trim() || `file-${at + 1}`,
      contentType,
      sha256,
    })),
    files,
  };
}

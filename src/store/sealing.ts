import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { PermanentError } from "../errors.ts";

/** Encrypts what holds a token, so that a stolen database releases nothing. */
export interface Sealing {
  seal(plain: Uint8Array): Buffer;
  open(sealed: Uint8Array): Buffer;
}

/** AES-256-GCM under a key of its own, derived from the desk's key. Layout: 12 bytes nonce, 16 bytes tag, ciphertext. */
export function createSealing(deskKey: Buffer): Sealing {
  const key = createHmac("sha256", deskKey).update("countersign sealing v1").digest();
  return {
    seal(plain) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", key, nonce);
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    open(sealed) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12));
      decipher.setAuthTag(bytes.subarray(12, 28));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]);
      } catch (error) {
        throw new PermanentError(
          "stored review mail cannot be opened: is security.key the one it was written with?",
          { cause: error },
        );
      }
    },
  };
}

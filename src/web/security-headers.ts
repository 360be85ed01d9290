import { randomBytes } from "node:crypto";
import type { RequestHandler, Response } from "express";
import helmet from "helmet";

/**
 * What browsers may do with an answer: run nothing but our own file, named by this answer's nonce, load from here alone,
 * and show it in no frame. Text from mail that slipped through escaping could still not run.
 */
export function securityHeaders(secure: boolean): RequestHandler {
  const protect = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: [(_req, res) => `'nonce-${nonceOf(res as Response)}'`],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        // The HTML part of a captured mail, in a sandbox (captured-pages.ts).
        frameSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    // Not `no-referrer`: then browsers send `Origin: null` with our own forms, and the check of Origin would fail.
    referrerPolicy: { policy: "same-origin" },
    strictTransportSecurity: secure ? { maxAge: 31_536_000 } : false,
    frameguard: { action: "deny" },
    crossOriginEmbedderPolicy: false,
  });
  return (req, res, next) => {
    res.locals["nonce"] = randomBytes(16).toString("base64");
    res.setHeader("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()");
    protect(req, res, next);
  };
}

export function nonceOf(res: Response): string {
  return String(res.locals["nonce"]);
}

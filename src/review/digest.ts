import type { TemplateSet } from "../templates.ts";
import type { DigestItemView, DigestView, RenderedMail } from "./digest-view.ts";

/** The line before a draft. It starts with neither `>` nor `-`, so that quoting and signature cutting leave it alone. */
export const draftMarker = (item: number): string =>
  `[[ draft ${item} · edit between these two lines, then reply ]]`;
/** The line after a draft. */
export const endMarker = (item: number): string => `[[ end of draft ${item} ]]`;

/** @throws PermanentError when a template is missing or names an unknown variable. */
export declare function renderDigest(templates: TemplateSet, view: DigestView): RenderedMail;
/** Groups items into digests that stay under 90 KB each (Gmail clips at 102 KB), in order; urgent ones alone is the caller's choice. */
export declare function splitDigest(items: readonly DigestItemView[]): readonly (readonly DigestItemView[])[];

import { costSection } from "./cost-section.ts";
import { draftsSection } from "./drafts-section.ts";
import { newcomerSection, onlineSection, swapSection } from "./learning-section.ts";
import { scopeSection } from "./scope-section.ts";
import { lookupSection, relatedSection } from "./search-section.ts";
import type { Section } from "./section.ts";
import { spamSection } from "./spam-section.ts";
import { cleanSection, rawSection } from "./triage-section.ts";

/** Every group of figures, in the order of the table. A new one is added here. */
export const SECTIONS: readonly Section[] = [
  rawSection,
  cleanSection,
  onlineSection,
  newcomerSection,
  swapSection,
  scopeSection,
  costSection,
  lookupSection,
  relatedSection,
  spamSection,
  draftsSection,
];

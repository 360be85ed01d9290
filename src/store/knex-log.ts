/** knex prints what it also throws, in the midst of a log of JSON lines. */
export const QUIET = { warn() {}, error() {}, deprecate() {}, debug() {} };

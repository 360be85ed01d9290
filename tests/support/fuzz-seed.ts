import { configureGlobal } from "fast-check";

/** The same cases at every run, so that a red test is the change's fault; `FUZZ_SEED=n` looks at others. */
configureGlobal({ seed: Number(process.env["FUZZ_SEED"] ?? 20_260_301) });

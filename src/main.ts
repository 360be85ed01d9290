const argv = process.argv;

// A look-up is over before the rest of the program would be read.
process.exitCode =
  argv[2] === "lookup"
    ? await import("./cli/lookup.ts").then(({ lookupAlone }) => lookupAlone(argv))
    : await import("./cli/program.ts").then(({ runProgram }) => runProgram(argv));

#!/usr/bin/env node
// `npm run cli --`: the command line for those who run the product.
import '../config/debug-output.js';
import { run } from '../cli/program.js';

// A reader that has seen enough (`… | head`) ends the command, which is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

process.exitCode = await run(process.argv.slice(2));

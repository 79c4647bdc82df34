// What a child process of a test needs in its environment to take its modules as an earlier one has compiled them.
import { root } from '../repo/source-files.js';

export const COMPILED_MODULES = { NODE_COMPILE_CACHE: `${root}node_modules/.cache/compiled` };

// Runs a program, module or bundle in this process, as a browser or React Native would: `run.mjs PROGRAM [browser|native]`.
import { readFileSync } from 'node:fs';
import { argv, env, stdout } from 'node:process';
import { pathToFileURL } from 'node:url';
import { runInThisContext } from 'node:vm';

const [, , program, runtime] = argv;
const { fetch } = globalThis;

globalThis.given = {
  url: env.URL,
  token: env.TOKEN,
  show: (seen) => stdout.write(`${JSON.stringify(seen)}\n`),
};
if (runtime === 'browser') {
  // As much as Vite's preloading of modules asks for, which it leaves to the browser then.
  globalThis.document = { createElement: () => ({ relList: { supports: () => true } }) };
}
if (runtime === 'native') {
  Object.defineProperty(globalThis, 'navigator', { value: { product: 'ReactNative' } });
  // React Native gives an answer when all of it is there: a stream of events would never be.
  globalThis.fetch = async (...request) => {
    const answer = await fetch(...request);
    return new Response(await answer.text(), { status: answer.status });
  };
}
if (program.endsWith('.bundle.js')) runInThisContext(readFileSync(program, 'utf8'));
else await import(pathToFileURL(program));

// Runs one story: node run.mjs STORY --base=http://127.0.0.1:8080 [--name=value …]
// The story is stories/STORY.mjs, whose default export is `async (story, options) => { … }`.
// Exit code 0: it went as told and nothing else went wrong. 1: not. 2: wrong use.

import { Story } from './lib.mjs';

const [name, ...rest] = process.argv.slice(2);
const options = Object.fromEntries(rest.map((argument) => {
  const [, key, value] = argument.match(/^--([^=]+)=(.*)$/s) ?? [];
  if (key === undefined) {
    console.error(`not understood: ${argument} (write --name=value)`);
    process.exit(2);
  }
  return [key, value];
}));
if (!name || !/^[a-z0-9_-]+$/.test(name) || !options.base) {
  console.error('usage: node run.mjs STORY --base=http://127.0.0.1:8080 [--name=value …]');
  process.exit(2);
}

const started = Date.now();
const story = new Story(name, options.base);
// A browser that hangs must not hold up the tests.
const limit = setTimeout(() => {
  console.error(`${name}: not done after 5 minutes`);
  process.exit(1);
}, 300_000);

try {
  const { default: tell } = await import(`./stories/${name}.mjs`);
  await story.start();
  await tell(story, options);
} catch (error) {
  story.problems.unshift(error.stack ?? String(error));
} finally {
  await story.end();
  clearTimeout(limit);
}

const seconds = ((Date.now() - started) / 1000).toFixed(1);
for (const problem of story.problems) console.error(`PROBLEM ${problem}`);
console.log(`${name}: ${story.problems.length === 0 ? 'ok' : `${story.problems.length} problems`} (${seconds} s)`);
process.exitCode = story.problems.length === 0 ? 0 : 1;

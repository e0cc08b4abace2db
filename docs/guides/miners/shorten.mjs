// Shortens a text: answers {"text": "miner", "length": 3} with {"text": "min"}, after a short delay.
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";

async function answer(request) {
  if (typeof request?.text !== "string" || !Number.isSafeInteger(request.length)) {
    return { rejected: 'send an object with a "text" and a "length"' };
  }
  await setTimeout(10);
  return { reply: { text: Array.from(request.text).slice(0, Math.max(0, request.length)).join("") } };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await answer(JSON.parse(line).request)) + "\n");
}

// The contract that the clients deploy and call: wrapped HETU.
import { readFileSync } from "node:fs";

const read = (path) =>
  JSON.parse(readFileSync(new URL(`../../crates/${path}`, import.meta.url)));

export const abi = read("hetu-chain/abi/WHETU.json");
export const { bytecode } = read("hetu-devnet/artifacts/WHETU.json");

export const mnemonic = "test test test test test test test test test test test junk";

/** Returns the result of `promise`, or an error that names `what` if it takes too long. */
export function inTime(what, promise) {
  const limit = 20_000;
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${limit} ms`)), limit);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// Tests of the package @slicekit/erc8128, which implements the earlier revision of the ERC. The
// package calls miners of this project and verifies a request that this project signs.
//
// client.mjs TAKES_EARLIER TAKES_NEWEST_ALONE RECIPIENT SIGNED: the URLs of two miners, the account
// of both miners, and a file with a signed request.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createSignerClient, signRequest, verifyRequest } from "@slicekit/erc8128";
import { verifyMessage } from "viem";
import { privateKeyToAccount } from "viem/accounts";

const [miner, newestAlone, recipient, signedHere] = process.argv.slice(2);
const chainId = 31_337;
// A key for tests only.
const account = privateKeyToAccount(`0x${"1".padStart(64, "0")}`);
const signer = {
  address: account.address,
  chainId,
  signMessage: (message) => account.signMessage({ message: { raw: message } }),
};
const callFields = {
  "cambium-version": "1",
  "hetu-netuid": "1",
  "hetu-recipient": recipient.toLowerCase(),
  "hetu-timeout-ms": "5000",
};
const content = JSON.stringify({ x: 5, y: 3 });
// The package adds and signs Content-Digest by itself.
const json = { "content-type": "application/json" };
const covered = ["content-type", ...Object.keys(callFields)];

await callIsServed();
await plainRequestIsServed();
await fetchOfThePackageIsServed();
await replayIsRefused();
await tamperingIsRefused();
await coverageIsDemanded();
await newestAloneIsNotForThePackage();
await requestSignedHereIsVerified();

/** Builds a call with the four fields of the protocol, signed by the package. */
function signedCall(base = miner, { query = "", ...options } = {}) {
  const init = { method: "POST", headers: { ...json, ...callFields }, body: content };
  const { components = covered, ...rest } = options;
  return signRequest(`${base}/MathSum${query}`, init, signer, { components, ...rest });
}

/** Returns the parts of a request, for tests that change them. */
async function partsOf(request) {
  return {
    url: request.url,
    method: request.method,
    headers: Object.fromEntries(request.headers),
    body: await request.clone().text(),
  };
}

function send({ url, ...init }) {
  return fetch(url, init);
}

async function isServed(reply) {
  assert.equal(reply.status, 200, await reply.clone().text());
  assert.deepEqual(await reply.json(), { result: 8 });
  // The reply is bound to the request and signed by the miner.
  assert.match(reply.headers.get("signature-input"), /;tag="hetu-cambium"/);
}

async function isRefused(reply, reason, status = 401) {
  const problem = await reply.json();
  assert.deepEqual([problem.reason, reply.status], [reason, status]);
  const challenge = status === 401 ? `ERC8128 error="${reason}"` : null;
  assert.equal(reply.headers.get("www-authenticate")?.split(",")[0] ?? null, challenge);
}

async function callIsServed() {
  await isServed(await fetch(await signedCall()));
  await isServed(await fetch(await signedCall(miner, { query: "?trace=no" })));
}

/** Without the four fields, the authority identifies the recipient of the request. */
async function plainRequestIsServed() {
  const init = { method: "POST", headers: json, body: content };
  await isServed(await fetch(await signRequest(`${miner}/MathSum`, init, signer)));
}

async function fetchOfThePackageIsServed() {
  const client = createSignerClient(signer, { ttlSeconds: 30 });
  const init = { method: "POST", headers: json, body: content };
  await isServed(await client.fetch(`${miner}/MathSum`, init));
}

async function replayIsRefused() {
  const parts = await partsOf(await signedCall());
  const replies = await Promise.all([send(parts), send(parts), send(parts)]);
  const served = replies.filter((reply) => reply.status === 200);
  assert.equal(served.length, 1);
  for (const reply of replies.filter((reply) => reply.status !== 200)) {
    await isRefused(reply, "nonce_reused");
  }
  await isRefused(await send(parts), "nonce_reused");
  const replayable = await signedCall(miner, { replay: "replayable" });
  await isRefused(await fetch(replayable), "nonce_required");
}

async function tamperingIsRefused() {
  const header = (name, change) => (parts) => {
    const value = change(parts.headers[name]);
    assert.notEqual(value, parts.headers[name]);
    parts.headers[name] = value;
  };
  const input = (from, to) => header("signature-input", (value) => value.replace(from, to));
  const url = (from, to) => (parts) => (parts.url = parts.url.replace(from, to));
  const otherFirst = (_, first) => `nonce="${first === "A" ? "B" : "A"}`;
  const cases = {
    "the body": [(parts) => (parts.body = '{"x":5,"y":4}'), "bad_content_digest"],
    "body and digest": [
      (parts) => {
        parts.body = "{}";
        parts.headers["content-digest"] =
          "sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:";
      },
      "bad_signature",
    ],
    "the query": [url("?trace=no", "?trace=yes"), "bad_signature"],
    "the path": [url("MathSum", "MathSub"), "unknown_service", 404],
    "the type": [header("content-type", (value) => `${value}; v=1`), "bad_signature"],
    "the timeout": [header("hetu-timeout-ms", () => "5001"), "bad_signature"],
    "the subnet": [header("hetu-netuid", () => "2"), "wrong_netuid"],
    "the recipient": [
      header("hetu-recipient", () => account.address.toLowerCase()),
      "wrong_recipient",
    ],
    "the version": [header("cambium-version", () => "2"), "unsupported_version", 400],
    "a byte of the signature": [
      header("signature", withOtherByte),
      "bad_signature",
    ],
    "the chain": [input(`erc8128:${chainId}:`, "erc8128:1:"), "unsupported_chain"],
    "the account": [input(/0x(.)/, (_, digit) => (digit === "7" ? "0x8" : "0x7")), "bad_signature"],
    "the nonce": [input(/nonce="(.)/, otherFirst), "bad_signature"],
    "what is covered": [input(' "hetu-timeout-ms"', ""), "insufficient_coverage"],
  };
  for (const [name, [change, ...refusal]] of Object.entries(cases)) {
    const parts = await partsOf(await signedCall(miner, { query: "?trace=no" }));
    change(parts);
    await isRefused(await send(parts), ...refusal).catch((error) => {
      throw new Error(`${name} was changed: ${error.message}`);
    });
  }
  const now = Math.floor(Date.now() / 1_000);
  const late = { created: now - 100, expires: now - 40 };
  await isRefused(await fetch(await signedCall(miner, late)), "request_expired");
  const long = { created: now, expires: now + 61 };
  await isRefused(await fetch(await signedCall(miner, long)), "request_validity_too_long");
}

/** Changes a bit of `s` in the field. The result is a valid signature of another account. */
function withOtherByte(field) {
  const [, label, text] = /^([^=]+)=:(.*):$/.exec(field);
  const bytes = Buffer.from(text, "base64");
  bytes[50] ^= 1;
  return `${label}=:${bytes.toString("base64")}:`;
}

async function coverageIsDemanded() {
  const uncovered = await signedCall(miner, { components: ["content-type"] });
  await isRefused(await fetch(uncovered), "insufficient_coverage");
  const classBound = { binding: "class-bound", components: ["@authority"] };
  await isRefused(await fetch(await signedCall(miner, classBound)), "insufficient_coverage");
}

async function newestAloneIsNotForThePackage() {
  await isRefused(await fetch(await signedCall(newestAlone)), "no_acceptable_signature");
  const discovery = async (url) => (await fetch(`${url}/.well-known/hetu`)).json();
  assert.equal((await discovery(miner)).earlier_erc8128, true);
  assert.equal((await discovery(newestAlone)).earlier_erc8128, false);
}

/** Verifies the output of `signed_request` with the package only. */
async function requestSignedHereIsVerified() {
  const signed = JSON.parse(readFileSync(signedHere, "utf8"));
  const used = new Set();
  const nonceStore = {
    consume: async (key) => !used.has(key) && Boolean(used.add(key)),
  };
  const judge = (change = {}) => {
    const { url, method, headers, content: body } = { ...signed, ...change };
    return verifyRequest({
      request: new Request(url, { method, headers, body }),
      verifyMessage,
      nonceStore,
      policy: { additionalRequestBoundComponents: covered },
    });
  };
  const reasons = async (changes) =>
    Promise.all(changes.map(async (change) => (await judge(change)).reason));
  const headers = (name, value) => ({ headers: { ...signed.headers, [name]: value } });
  assert.deepEqual(
    await reasons([
      { content: '{"x":5.0,"y":4.0}' },
      { url: `${signed.url}/more` },
      { method: "PUT" },
      headers("hetu-netuid", "2"),
      headers("hetu-recipient", account.address.toLowerCase()),
      headers("content-type", "text/plain"),
      headers("signature", withOtherByte(signed.headers.signature)),
    ]),
    ["digest_mismatch", ...Array(6).fill("bad_signature")],
  );
  const judged = await judge();
  assert.equal(judged.ok, true, JSON.stringify(judged));
  assert.deepEqual(
    [judged.address, judged.chainId, judged.binding, judged.replayable],
    [signed.address, chainId, "request-bound", false],
  );
  assert.deepEqual(await judge(), { ok: false, reason: "replay" });
}

// Runs viem: deploys, calls, sends, reads receipts and logs, and watches over http and ws.
import assert from "node:assert/strict";
import {
  createPublicClient,
  createTestClient,
  createWalletClient,
  getAddress,
  http,
  parseEther,
  webSocket,
} from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { foundry } from "viem/chains";
import { abi, bytecode, inTime, mnemonic } from "./contract.mjs";

const url = process.argv[2];
const account = mnemonicToAccount(mnemonic, { addressIndex: 1 });
const options = { chain: foundry, pollingInterval: 20 };
const overHttp = createPublicClient({ ...options, transport: http(url) });
const overWebSocket = createPublicClient({
  ...options,
  transport: webSocket(url.replace("http", "ws"), { reconnect: false }),
});
const wallet = createWalletClient({ ...options, account, transport: http(url) });
const steering = createTestClient({ ...options, mode: "anvil", transport: http(url) });

assert.equal(await overHttp.getChainId(), foundry.id);

const deployed = await deploy();
await depositIsWatched("http", overHttp);
await depositIsWatched("ws", overWebSocket);
await logsAreFound();
await refusalsAreUnderstood();
await blocksAreWatched();
await signedTypesAreTaken();
await chainIsSteered();
(await overWebSocket.transport.getRpcClient()).close();

async function deploy() {
  const hash = await wallet.deployContract({ abi, bytecode });
  const receipt = await overHttp.waitForTransactionReceipt({ hash });
  assert.equal(receipt.status, "success");
  assert.notEqual(await overHttp.getCode({ address: receipt.contractAddress }), undefined);
  const contract = { abi, address: getAddress(receipt.contractAddress) };
  assert.equal(await overHttp.readContract({ ...contract, functionName: "symbol" }), "WHETU");
  return { ...contract, block: receipt.blockNumber };
}

/** A watcher receives a deposit, from a filter over http and from a subscription over ws. */
async function depositIsWatched(name, client) {
  const value = parseEther("3");
  const before = await balance();
  let unwatch;
  const told = new Promise((resolve, reject) => {
    unwatch = client.watchContractEvent({
      ...deployed,
      eventName: "Transfer",
      onLogs: (logs) => resolve(logs[0]),
      onError: reject,
    });
  });
  // The watch is active when the node has answered a request that was sent after it.
  await client.getBlockNumber({ cacheTime: 0 });
  await overHttp.getBlockNumber({ cacheTime: 0 });
  const { request } = await overHttp.simulateContract({
    ...deployed,
    account,
    functionName: "deposit",
    value,
  });
  const hash = await wallet.writeContract(request);
  const receipt = await overHttp.waitForTransactionReceipt({ hash });
  assert.equal(receipt.status, "success");
  const log = await inTime(`the log of a deposit over ${name}`, told);
  unwatch();
  assert.equal(log.transactionHash, hash);
  assert.equal(log.blockHash, receipt.blockHash);
  assert.equal(log.args.to, account.address);
  assert.equal(log.args.value, value);
  assert.equal(await balance(), before + value);
}

function balance() {
  return overHttp.readContract({
    ...deployed,
    functionName: "balanceOf",
    args: [account.address],
  });
}

async function logsAreFound() {
  const logs = await overHttp.getContractEvents({
    ...deployed,
    eventName: "Transfer",
    args: { to: account.address },
    fromBlock: deployed.block,
  });
  assert.equal(logs.length, 2);
}

async function refusalsAreUnderstood() {
  const empty = overHttp.simulateContract({ ...deployed, account, functionName: "deposit" });
  await assert.rejects(empty, /ZERO_DEPOSIT/);
  const to = account.address;
  const used = wallet.sendTransaction({ to, nonce: 0, gas: 21_000n });
  await assert.rejects(used, isCausedBy("NonceTooLowError"));
  const poor = wallet.sendTransaction({ to, value: parseEther("100000000"), gas: 21_000n });
  await assert.rejects(poor, isCausedBy("InsufficientFundsError"));
}

function isCausedBy(name) {
  return (error) => error.cause.name === name;
}

async function blocksAreWatched() {
  let unwatch;
  const told = new Promise((resolve, reject) => {
    unwatch = overWebSocket.watchBlockNumber({ onBlockNumber: resolve, onError: reject });
  });
  await overWebSocket.getBlockNumber({ cacheTime: 0 });
  await steering.mine({ blocks: 1 });
  assert.equal(await inTime("a new block", told), await overHttp.getBlockNumber({ cacheTime: 0 }));
  unwatch();
}

async function signedTypesAreTaken() {
  for (const type of ["legacy", "eip2930", "eip1559"]) {
    const list = type === "eip2930" ? { accessList: [] } : {};
    const hash = await wallet.sendTransaction({ to: account.address, type, ...list });
    const receipt = await overHttp.waitForTransactionReceipt({ hash });
    assert.equal(receipt.status, "success");
    assert.equal(receipt.type, type);
  }
}

async function chainIsSteered() {
  const id = await steering.snapshot();
  const { number, timestamp } = await overHttp.getBlock();
  await steering.increaseTime({ seconds: 3_600 });
  await steering.mine({ blocks: 2 });
  const later = await overHttp.getBlock();
  assert.equal(later.number, number + 2n);
  assert.ok(later.timestamp >= timestamp + 3_600n);
  await steering.revert({ id });
  assert.equal(await overHttp.getBlockNumber({ cacheTime: 0 }), number);
}

// Runs ethers: deploys, calls, sends, reads receipts and logs, and listens over http and ws.
import assert from "node:assert/strict";
import {
  ContractFactory,
  HDNodeWallet,
  JsonRpcProvider,
  Mnemonic,
  NonceManager,
  WebSocketProvider,
  isError,
  parseEther,
} from "ethers";
import { abi, bytecode, inTime, mnemonic } from "./contract.mjs";

const url = process.argv[2];
const options = { cacheTimeout: -1, pollingInterval: 20 };
const overHttp = new JsonRpcProvider(url, undefined, options);
const overWebSocket = new WebSocketProvider(url.replace("http", "ws"));
const path = "m/44'/60'/0'/0/2";
const key = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(mnemonic), path);
const account = new NonceManager(key.connect(overHttp));

assert.equal((await overHttp.getNetwork()).chainId, 31_337n);

const contract = await new ContractFactory(abi, bytecode, account).deploy();
const creation = await contract.deploymentTransaction().wait();
assert.equal(creation.contractAddress, await contract.getAddress());
assert.equal(await contract.symbol(), "WHETU");

await depositIsHeard("http", overHttp);
await depositIsHeard("ws", overWebSocket);

const transfers = contract.filters.Transfer(null, key.address);
assert.equal((await contract.queryFilter(transfers, creation.blockNumber)).length, 2);

await assert.rejects(contract.deposit.staticCall(), (error) => error.reason === "ZERO_DEPOSIT");
const poor = key.connect(overHttp).sendTransaction({ to: key.address, value: parseEther("9999999") });
await assert.rejects(poor, (error) => isError(error, "INSUFFICIENT_FUNDS"));
const used = key.connect(overHttp).sendTransaction({ to: key.address, nonce: 0, gasLimit: 21_000 });
await assert.rejects(used, (error) => isError(error, "NONCE_EXPIRED"));

overHttp.destroy();
await overWebSocket.destroy();

/** A listener receives a deposit, from polled logs over http and from a subscription over ws. */
async function depositIsHeard(name, provider) {
  const value = parseEther("3");
  const before = await contract.balanceOf(key.address);
  const listening = contract.connect(provider);
  const told = new Promise((resolve) => {
    listening.once("Transfer", (from, to, amount, event) => resolve({ to, amount, ...event.log }));
  });
  // Resolves when the listener is registered.
  await listening.listenerCount("Transfer");
  await provider.getBlockNumber();
  const receipt = await (await contract.deposit({ value })).wait();
  assert.equal(receipt.status, 1);
  const log = await inTime(`the log of a deposit over ${name}`, told);
  assert.equal(log.transactionHash, receipt.hash);
  assert.equal(log.to, key.address);
  assert.equal(log.amount, value);
  assert.equal(await contract.balanceOf(key.address), before + value);
}

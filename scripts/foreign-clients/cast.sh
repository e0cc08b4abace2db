#!/usr/bin/env bash
# Runs cast: deploys, calls, sends, reads receipts and logs. Arguments: the program, the node's URL.
set -euo pipefail

cast_program=$1
export ETH_RPC_URL=$2 FOUNDRY_DISABLE_NIGHTLY_WARNING=1 NO_COLOR=1
# The key of the fourth account of the mnemonic that every development chain has.
key=0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6

cast() {
  "$cast_program" "$@"
}

field() { # name; a JSON object is read
  node -e 'console.log(JSON.parse(require("fs").readFileSync(0))[process.argv[1]])' "$1"
}

equal() { # what, expected, found
  [[ "$2" == "$3" ]] || { printf 'cast: %s is %s, not %s\n' "$1" "$3" "$2" >&2; exit 1; }
}

account=$(cast wallet address "$key")
bytecode=$(field bytecode <crates/hetu-devnet/artifacts/WHETU.json)

equal "the chain id" 31337 "$(cast chain-id)"
receipt=$(cast send --private-key "$key" --json --create "$bytecode")
equal "the status of the creation" 0x1 "$(field status <<<"$receipt")"
contract=$(field contractAddress <<<"$receipt")
block=$(field blockNumber <<<"$receipt")
equal "the symbol" '"WHETU"' "$(cast call "$contract" 'symbol()(string)')"

receipt=$(cast send --private-key "$key" --json "$contract" 'deposit()' --value 3ether)
equal "the status of the deposit" 0x1 "$(field status <<<"$receipt")"
equal "the type of the deposit" 0x2 "$(field type <<<"$receipt")"
balance=$(cast call "$contract" 'balanceOf(address)(uint256)' "$account")
equal "the balance" 3000000000000000000 "${balance%% *}"
receipt=$(cast send --private-key "$key" --json --legacy "$contract" 'withdraw(uint256)' 1ether)
equal "the type of the withdrawal" 0x0 "$(field type <<<"$receipt")"

hash=$(field transactionHash <<<"$receipt")
equal "the sender" "${account,,}" "$(cast tx "$hash" --json | field from)"
equal "the block of the receipt" "$(field blockNumber <<<"$receipt")" \
  "$(cast receipt "$hash" --json | field blockNumber)"
logs=$(cast logs --json --from-block "$((block))" --address "$contract" \
  'Transfer(address indexed,address indexed,uint256)')
equal "the number of logs" 2 "$(field length <<<"$logs")"

estimate=$(cast estimate --from "$account" "$contract" 'deposit()' --value 1ether)
((estimate > 21000 && estimate < 100000)) || { echo "cast: the estimate is $estimate" >&2; exit 1; }
if refusal=$(cast call --from "$account" "$contract" 'deposit()' 2>&1); then
  echo "cast: a deposit of nothing was not refused" >&2
  exit 1
fi
[[ "$refusal" == *ZERO_DEPOSIT* ]] || { printf 'cast: no reason in: %s\n' "$refusal" >&2; exit 1; }

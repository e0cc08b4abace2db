// Checks the deployment plan against the interfaces of the contracts that it creates and calls.
const ROLES = ["deployer", "treasury", "system", "keeper", "governor"];

function problemsOfArguments(where, values, types, known) {
  if (values.length !== types.length) return [`${where} gives ${values.length} arguments for (${types})`];
  return values.flatMap((value, index) => {
    const type = types[index];
    if (value.startsWith("$")) {
      if (type !== "address") return [`${where} gives ${value} for ${type}`];
      return known.has(value.slice(1)) ? [] : [`${where} uses ${value}, which is not known there`];
    }
    const fits = type === "bool" ? /^(true|false)$/ : /^uint\d+$/.test(type) ? /^\d+$/ : /^$/;
    return fits.test(value) ? [] : [`${where} gives ${value} for ${type}`];
  });
}

function problemsOfCall({ contract, function: signature, arguments: values }, abis, created, known) {
  const where = `${contract}.${signature}`;
  if (!created.has(contract)) return [`${where}: ${contract} is not created by the plan`];
  const entry = abis.get(contract).find((candidate) => {
    const types = (candidate.inputs ?? []).map((input) => input.type);
    return candidate.type === "function" && `${candidate.name}(${types})` === signature;
  });
  if (!entry) return [`${where} does not exist`];
  return problemsOfArguments(where, values, entry.inputs.map((input) => input.type), known);
}

export function problemsOf(plan, abis) {
  const problems = [];
  const known = new Set(ROLES);
  const created = new Set();
  for (const { name, arguments: values } of plan.contracts) {
    if (!abis.has(name)) {
      problems.push(`${name} is no contract`);
      continue;
    }
    const constructor = abis.get(name).find((entry) => entry.type === "constructor");
    const types = (constructor?.inputs ?? []).map((input) => input.type);
    problems.push(...problemsOfArguments(`new ${name}`, values, types, known));
    known.add(name);
    created.add(name);
  }
  for (const section of ["calls", "handover", "acceptance"]) {
    problems.push(...plan[section].flatMap((call) => problemsOfCall(call, abis, created, known)));
  }
  return problems;
}

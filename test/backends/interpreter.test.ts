/** The conformance suite on the interpreter, which needs no GPU. */
import { interpret } from "../../backends/interpreter/interpret.js";
import { numbersSuite } from "../conformance/numbers.js";
import type { Backend } from "../conformance/run.js";
import { conformanceSuite } from "../conformance/suite.js";

const interpreter: Backend = {
  name: "interpreter",
  async run(plan, input) {
    const { output, lse, usefulPairs } = interpret(plan, input);
    return { output, lse, pairs: usefulPairs };
  },
};

conformanceSuite("the interpreter", () => interpreter);
numbersSuite("the interpreter", () => interpreter);

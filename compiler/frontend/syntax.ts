/** Small questions about syntax, with no meaning attached. */
import { Node, type NumericLiteral } from "ts-morph";

/** The expression inside parentheses and casts, which mean nothing at run time. */
export function stripped(node: Node): Node {
  return Node.isParenthesizedExpression(node) ||
    Node.isAsExpression(node) ||
    Node.isSatisfiesExpression(node) ||
    Node.isNonNullExpression(node)
    ? stripped(node.getExpression())
    : node;
}

/** The value of a number literal. (`getLiteralValue` of ts-morph 28 reads 1e30 as 1: TypeScript writes it `1e+30`.) */
export const literalValue = (node: NumericLiteral): number => Number(node.compilerNode.text);

/** The name of the property that a function is the value of: where TypeScript reports that its type does not fit. */
export function propertyName(node: Node): Node | undefined {
  if (Node.isMethodDeclaration(node)) return node.getNameNode();
  const parent = node.getParent();
  return Node.isPropertyAssignment(parent) ? parent.getNameNode() : undefined;
}

import { expect, test } from "vitest";
import { both, groupClause, groupingTitle, groupLabel } from "./groups";

const of = (value: string | number | null) => ({ value, isOther: false });
const other = { value: null, isOther: true };

test("groups have names", () => {
  expect(groupLabel(of("gpt-5"))).toBe("gpt-5");
  expect(groupLabel(of("k1"), new Map([["k1", "Production"]]))).toBe("Production");
  expect(groupLabel(of(null))).toBe("(none)");
  expect(groupLabel(other)).toBe("Other");
  expect(groupingTitle("customer_identifier")).toBe("Customer");
  expect(groupingTitle("metadata.build number")).toBe("Metadata: build number");
});

test("the spans of a group are found by a filter, those without the field and the rest too", () => {
  const shown = [of("gpt-5"), of('a "b"'), of(null), other];
  expect(groupClause("model", of("gpt-5"), shown)).toBe("model:=gpt-5");
  expect(groupClause("status_code", of(429), shown)).toBe('status_code:="429"');
  expect(groupClause("model", of(null), shown)).toBe("missing:model");
  expect(groupClause("metadata.build number", of(null), [])).toBe('missing:metadata."build number"');
  expect(groupClause("model", other, shown)).toBe('-model:=gpt-5 -model:="a \\"b\\"" -missing:model');
});

test("two filters hold together, whatever is in the first", () => {
  expect(both("", "status:failed")).toBe("status:failed");
  expect(both("model:a", "")).toBe("model:a");
  expect(both("model:a", "status:failed")).toBe("model:a status:failed");
  expect(both("model:a OR model:b", "status:failed")).toBe("(model:a OR model:b) status:failed");
});

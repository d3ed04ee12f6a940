import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { fields as fieldsOf, type Listed } from "../../api/filters";
import { KEY_FIELD, useKeyNames } from "../../api/keyNames";
import { useApi } from "../../api/session";
import { means } from "../../domain/completion";
import { mentions, type Naming } from "../../domain/naming";

const NO_FIELDS: never[] = [];
const NO_NAMES: ReadonlyMap<string, string> = new Map();

/** What API keys are called, where one of the queries has a condition on them. */
export function useNaming(of: Listed, queries: readonly string[]): Naming {
  const isWanted = queries.some((query) => mentions(query, "key"));
  const { data: fields = NO_FIELDS } = useQuery({ ...fieldsOf(useApi(), of), enabled: isWanted });
  const names = useKeyNames(isWanted) ?? NO_NAMES;
  return useMemo(() => {
    const own = means(fields, KEY_FIELD);
    const ofTrace = means(fields, `trace.${KEY_FIELD}`);
    return { names, isField: (name) => own(name) || ofTrace(name) };
  }, [fields, names]);
}

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { fields as fieldsOf, fieldValues, type Listed } from "../../api/filters";
import { KEY_FIELD, useKeyNames } from "../../api/keyNames";
import { useApi } from "../../api/session";
import {
  type Choice,
  fieldChoices,
  fieldOf,
  flagChoices,
  placeAt,
  signChoices,
  valueChoices,
} from "../../domain/completion";
import { usePreferences } from "../../state/preferences";
import { useRange } from "../../state/range";
import { useSettled } from "./useFilterState";

const PAUSE_MS = 120;
const NO_FIELDS: never[] = [];

export interface Offered extends Choice {
  from: number;
  to: number;
  /** It is a whole query, used before. */
  isWhole?: boolean;
}

/** What can be chosen at the caret; nothing is asked of the server before `isWanted`. */
export function useChoices(of: Listed, text: string, caret: number, isWanted: boolean): readonly Offered[] {
  const scope = useApi();
  const { window } = useRange();
  const { recent } = usePreferences();
  const { data: fields = NO_FIELDS } = useQuery({ ...fieldsOf(scope, of), enabled: isWanted });
  const place = useMemo(() => placeAt(text, caret), [text, caret]);
  const field = place.kind === "value" ? fieldOf(fields, place.field) : undefined;
  const prefix = useSettled(place.kind === "value" ? place.typed : "", PAUSE_MS);
  const isListed = isWanted && field !== undefined && field.values !== "none" && place.kind === "value";
  const ownName = field?.name.replace(/^trace\./, "") ?? "";
  const names = useKeyNames(isListed && ownName === KEY_FIELD);
  const { data: values } = useQuery({
    // A name may begin otherwise than the id.
    ...fieldValues(scope, window, ownName, names && ownName === KEY_FIELD ? "" : prefix),
    enabled: isListed,
  });
  return useMemo(() => {
    if (!isWanted) return [];
    const at = (choices: readonly Choice[]): Offered[] =>
      choices.map((choice) => ({ ...choice, from: place.from, to: place.to }));
    if (place.kind === "flag") return at(flagChoices(fields, place.word, place.typed));
    if (place.kind === "value") {
      if (!field) return [];
      const real = valueChoices(
        field,
        place.typed,
        (isListed && values) || [],
        ownName === KEY_FIELD ? names : undefined,
      );
      const signs = place.typed || place.sign ? [] : signChoices(field);
      return at(field.values === "none" ? [...signs, ...real] : [...real, ...signs]);
    }
    const before = text.trim()
      ? []
      : (recent[of] ?? []).map((query) => ({
          insert: query,
          label: query,
          detail: "",
          group: "Recent",
          from: 0,
          to: text.length,
          isWhole: true,
        }));
    return [...before, ...at(fieldChoices(fields, place.typed, of === "spans"))];
  }, [isWanted, isListed, place, field, fields, values, names, ownName, recent, of, text]);
}

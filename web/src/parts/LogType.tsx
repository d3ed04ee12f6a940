import { Icon, type IconName } from "./Icon";
import styles from "./LogType.module.css";

interface Look {
  icon: IconName;
  /** Its colour, for what is drawn: one for each kind of work, told apart in lightness too. */
  colour: string;
}

const MODEL: Look = { icon: "model", colour: "var(--series-1)" };
const TOOL: Look = { icon: "tool", colour: "var(--series-2)" };
const STEP: Look = { icon: "step", colour: "var(--series-8)" };
const SOUND: Look = { icon: "sound", colour: "var(--series-6)" };
const OTHER: Look = { icon: "dot", colour: "var(--series-8)" };

const LOOKS: Record<string, Look> = {
  chat: MODEL,
  completion: MODEL,
  text: MODEL,
  response: MODEL,
  generation: MODEL,
  batch: MODEL,
  embedding: { icon: "embed", colour: "var(--series-3)" },
  reranker: { icon: "embed", colour: "var(--series-3)" },
  transcription: SOUND,
  speech: SOUND,
  tool: TOOL,
  function: TOOL,
  agent: { icon: "agent", colour: "var(--series-5)" },
  handoff: { icon: "swap", colour: "var(--series-5)" },
  workflow: { icon: "workflow", colour: "var(--series-8)" },
  task: STEP,
  custom: STEP,
  guardrail: { icon: "shield", colour: "var(--series-4)" },
  score: { icon: "star", colour: "var(--series-7)" },
  missing: { icon: "missing", colour: "var(--text-faint)" },
};

/** How a log type looks, wherever it is drawn. */
export function lookOf(type: string): Look {
  return LOOKS[type] ?? OTHER;
}

/** The icon of a log type in its colour; its name is its title. */
export function LogType({ type }: { type: string }) {
  const { icon, colour } = lookOf(type);
  return (
    <span className={styles.type} style={{ color: colour }} title={type} role="img" aria-label={type}>
      <Icon name={icon} size={14} />
    </span>
  );
}

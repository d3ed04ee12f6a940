import { type ReactNode, useMemo } from "react";
import { Link } from "wouter";
import type { Span } from "../../api/client";
import { isBranch, type Json } from "../../domain/json";
import { visible } from "../../domain/visible";
import { CopyButton } from "../Copy";
import { Icon } from "../Icon";
import { JsonView } from "../JsonView";
import { Facts } from "../Layout";
import { PlainText, Visible } from "../PlainText";
import { Time } from "../Values";
import styles from "./Details.module.css";
import { Fold } from "./Fold";
import { useLinks } from "./links";
import panel from "./SpanPanel.module.css";

type Fields = { [key: string]: Json };

function fieldsOf(value: unknown): Fields {
  const json = value as Json | undefined;
  return json !== undefined && isBranch(json) && !Array.isArray(json) ? json : {};
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

/** All else that is stored: parameters, tools, metadata, properties, events, ids. */
export function Details({ span }: { span: Span }) {
  const { "otel.events": events, "otel.links": links, ...properties } = fieldsOf(span.properties);
  const tools = Array.isArray(span.tools) ? (span.tools as Json[]) : [];
  return (
    <>
      <Parameters span={span} />
      {tools.length > 0 && (
        <section className={panel.section} aria-label="Tools">
          <h3 className={panel.label}>Tools · {tools.length}</h3>
          {tools.map((tool, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: tools have no other name that is sure
            <Tool key={at} tool={tool} />
          ))}
        </section>
      )}
      <section className={panel.section} aria-label="Metadata">
        <h3 className={panel.label}>Metadata</h3>
        <Metadata span={span} />
      </section>
      {Object.keys(properties).length > 0 && (
        <section className={panel.section} aria-label="Properties">
          <h3 className={panel.label}>Properties</h3>
          <JsonView value={properties} label="the properties" />
        </section>
      )}
      <Events title="Events" events={listOf(events)} />
      <Events title="Links" events={listOf(links)} />
      <Ids span={span} />
      <Extra title="Sent under names that Midspan has no field for" value={span.extra} />
      <Extra title="Variables of the prompt" value={span.variables} />
      <Extra title="About the customer" value={span.customer_params} />
    </>
  );
}

function Parameters({ span }: { span: Span }) {
  const given: Fields = {};
  const put = (name: string, value: unknown) => {
    if (value === null || value === undefined || value === false || value === "") return;
    if (typeof value === "object" && Object.keys(value).length === 0) return;
    given[name] = value as Json;
  };
  for (const name of [
    "temperature",
    "top_p",
    "max_tokens",
    "frequency_penalty",
    "presence_penalty",
    "stop",
    "stream",
    "tool_choice",
    "response_format",
  ] as const) {
    put(name, span[name]);
  }
  for (const [name, value] of Object.entries(fieldsOf(span.parameters))) put(name, value);
  const prompt = span.prompt_name ?? span.prompt_id;
  const isNone = Object.keys(given).length === 0;
  return (
    <section className={panel.section} aria-label="Parameters">
      <h3 className={panel.label}>Parameters</h3>
      {isNone && <p className="faint">None were sent.</p>}
      <Facts
        facts={[
          ...Object.entries(given).map(([name, value]): [string, ReactNode] => [
            visible(name.slice(0, 100)),
            isBranch(value) ? <JsonView key={name} value={value} label={name} depth={1} /> : shown(String(value)),
          ]),
          ["Answered by", shown(span.response_model !== span.model ? span.response_model : null)],
          ["Finished because of", shown(span.finish_reason)],
          [
            "Prompt",
            shown(prompt && `${prompt}${span.prompt_version_number ? `, version ${span.prompt_version_number}` : ""}`),
          ],
        ]}
      />
    </section>
  );
}

function shown(text: string | null): ReactNode {
  return text && <Visible text={text.slice(0, 2000)} />;
}

/** A tool that the model could call; its schema is folded. */
function Tool({ tool }: { tool: Json }) {
  const fields = fieldsOf(tool);
  const made = Object.keys(fieldsOf(fields.function)).length > 0 ? fieldsOf(fields.function) : fields;
  const name = typeof made.name === "string" ? made.name : String(fields.type ?? "tool");
  const about = typeof made.description === "string" ? made.description : "";
  return (
    <Fold icon="tool" title={name.slice(0, 200)} note={<Visible text={about.slice(0, 160)} />}>
      <div className={styles.tool}>
        {about && <PlainText text={about} />}
        <JsonView value={made.parameters ?? made.input_schema ?? tool} label="the schema" depth={4} />
      </div>
    </Fold>
  );
}

/** Names and values; each value leads to all spans that have it. */
function Metadata({ span }: { span: Span }) {
  const { spansWith } = useLinks(span);
  const pairs = Object.entries(span.metadata);
  if (pairs.length === 0) return <p className="faint">None was sent.</p>;
  return (
    <dl className={styles.pairs}>
      {pairs.map(([name, value]) => (
        <div key={name}>
          <dt>
            <Visible text={name} />
          </dt>
          <dd>
            <PlainText text={value} most={2000} />
            <span className={styles.pairTools}>
              {value.length < 200 && (
                <Link
                  href={spansWith(`metadata.${name}`, value)}
                  aria-label={`Spans with this ${name}`}
                  title={`Spans with this ${name}`}
                >
                  <Icon name="filter" size={14} />
                </Link>
              )}
            </span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Events({ title, events }: { title: string; events: readonly Fields[] }) {
  if (events.length === 0) return null;
  return (
    <section className={panel.section} aria-label={title}>
      <h3 className={panel.label}>
        {title} · {events.length}
      </h3>
      {events.slice(0, 200).map((event, at) => {
        const { name, time, timestamp, ...rest } = event;
        const when = typeof time === "string" ? time : typeof timestamp === "string" ? timestamp : null;
        return (
          <Fold
            // biome-ignore lint/suspicious/noArrayIndexKey: events stand still
            key={at}
            title={typeof name === "string" ? name.slice(0, 200) : title.slice(0, -1)}
            note={when && <Time at={when} />}
          >
            <JsonView value={rest} label="what it holds" depth={3} />
          </Fold>
        );
      })}
      {events.length > 200 && <p className="faint">{events.length - 200} more are in the properties under Raw.</p>}
    </section>
  );
}

function Ids({ span }: { span: Span }) {
  const ids: [string, string | null][] = [
    ["Id", span.id],
    ["Trace", span.trace_unique_id],
    ["Span", span.span_unique_id === span.id ? null : span.span_unique_id],
    ["Parent", span.span_parent_id],
    ["Thread", span.thread_identifier],
    ["Session", span.session_identifier],
    ["Customer", span.customer_identifier],
    ["Customer's mail", span.customer_email],
    ["Group", span.group_identifier],
    ["Group of traces", span.trace_group_identifier],
    ["Your own", span.custom_identifier],
    ["Workflow", span.span_workflow_name],
    ["Path", span.span_path],
    ["Key", span.organization_key_name ?? span.organization_key_id],
    ["Environment", span.environment],
  ];
  return (
    <section className={panel.section} aria-label="Names and ids">
      <h3 className={panel.label}>Names and ids</h3>
      <Facts
        facts={ids.map(([name, value]) => [
          name,
          value && (
            <span className={styles.id}>
              <span className="mono">
                <Visible text={value.slice(0, 400)} />
              </span>
              <CopyButton text={value} label={`Copy: ${name}`} />
            </span>
          ),
        ])}
      />
    </section>
  );
}

function Extra({ title, value }: { title: string; value: unknown }) {
  const json = value as Json;
  const isThere = useMemo(() => json !== null && isBranch(json) && Object.keys(json).length > 0, [json]);
  if (!isThere) return null;
  return (
    <section className={panel.section} aria-label={title}>
      <h3 className={panel.label}>{title}</h3>
      <JsonView value={json} label={title.toLowerCase()} />
    </section>
  );
}

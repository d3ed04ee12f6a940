import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link } from "wouter";
import { type Price, prices, removePrice } from "../../api/organization";
import { useApi } from "../../api/session";
import { count } from "../../domain/numbers";
import { Badge } from "../../parts/Badge";
import { Button, IconButton } from "../../parts/Button";
import { Confirm } from "../../parts/Confirm";
import { Input } from "../../parts/Field";
import { Card, PageHead } from "../../parts/Layout";
import { Visible } from "../../parts/PlainText";
import { Empty } from "../../parts/State";
import { Count, Money, Time, Tokens } from "../../parts/Values";
import { carried, useAddress } from "../../state/address";
import { OnlyAdmins, useMay } from "./Access";
import { List } from "./List";
import { type ModelUse, pricedBy } from "./modelUse";
import styles from "./Page.module.css";
import { PriceDialog } from "./PriceDialog";
import { RepriceDialog, RepricingNotice } from "./Reprice";
import { useModels } from "./useModels";

/** Prices of one's own, and the models that they are for. */
export function Prices() {
  const isAdmin = useMay("admin");
  const asked = useQuery(prices);
  const models = useModels();
  const queries = useQueryClient();
  const [begun, setBegun] = useState<string | null>(null);
  const [reprices, setReprices] = useState(false);
  const [gone, setGone] = useState<Price | null>(null);
  return (
    <>
      <PageHead
        title="Prices"
        about="Midspan knows the list prices of the large providers. What you pay is another matter: a price of your own goes before them."
        actions={
          isAdmin && (
            <>
              <Button icon="refresh" onClick={() => setReprices(true)}>
                Price stored spans anew
              </Button>
              <Button kind="primary" icon="plus" onClick={() => setBegun("")}>
                New price
              </Button>
            </>
          )
        }
      />
      <div className={styles.body}>
        {!isAdmin && <OnlyAdmins what="Prices are set by admins." />}
        <RepricingNotice />
        <Card title="Your own prices, in US dollars for a million tokens" isFlush>
          <List
            label="Your own prices"
            asked={asked}
            rowKey={(price) => price.id}
            empty={
              <p className={styles.empty}>
                None is set. Every span has the price that the library knows for its model.
              </p>
            }
            columns={[
              {
                title: "Model",
                isWide: true,
                cell: (price) => (
                  <code title={price.model}>
                    <Visible text={price.model} />
                  </code>
                ),
              },
              { title: "Provider", cell: (price) => price.provider || <span className="muted">any</span> },
              { title: "Input", align: "end", cell: (price) => <Money amount={price.input_price} /> },
              { title: "Output", align: "end", cell: (price) => <Money amount={price.output_price} /> },
              { title: "Cache read", align: "end", cell: (price) => <Cached amount={price.cache_read_price} /> },
              { title: "Write 5 min", align: "end", cell: (price) => <Cached amount={price.cache_write_5m_price} /> },
              {
                title: "Write 1 h",
                align: "end",
                cell: (price) => <Cached amount={price.cache_write_1h_price ?? price.cache_write_5m_price} />,
              },
              { title: "Holds", cell: (price) => <Validity of={price} /> },
            ]}
            {...(isAdmin
              ? {
                  menu: (price: Price) => (
                    <IconButton
                      icon="trash"
                      label={`Delete the price of ${price.model}`}
                      onClick={() => setGone(price)}
                    />
                  ),
                }
              : {})}
          />
        </Card>
        <ModelList models={models} own={asked.data ?? []} {...(isAdmin ? { onPrice: setBegun } : {})} />
      </div>
      {begun !== null && <PriceDialog model={begun} uses={models.data ?? []} onClose={() => setBegun(null)} />}
      {reprices && <RepriceDialog onClose={() => setReprices(false)} />}
      {gone && (
        <Confirm
          title={`Delete the price of ${gone.model}?`}
          action="Delete the price"
          onClose={() => setGone(null)}
          onConfirm={async () => {
            await removePrice(gone.id);
            await queries.invalidateQueries(prices);
          }}
        >
          Spans that are sent from now on have the price of the library again. Costs that are stored stay as they are.
        </Confirm>
      )}
    </>
  );
}

function Cached({ amount }: { amount: number | null }) {
  return amount === null ? <span className="muted">as input</span> : <Money amount={amount} />;
}

function Validity({ of: { valid_from, valid_to } }: { of: Price }) {
  if (!valid_from && !valid_to) return <span className="muted">always</span>;
  return (
    <>
      {valid_from && (
        <>
          from <Time at={valid_from} />{" "}
        </>
      )}
      {valid_to && (
        <>
          until <Time at={valid_to} />
        </>
      )}
    </>
  );
}

function ModelList({
  models,
  own,
  onPrice,
}: {
  models: ReturnType<typeof useModels>;
  own: readonly Price[];
  onPrice?: (model: string) => void;
}) {
  const { environment } = useApi();
  const [params] = useAddress();
  const [sought, setSought] = useState("");
  const shown = useMemo(
    () => models.data?.filter((use) => use.model.toLowerCase().includes(sought.trim().toLowerCase())),
    [models.data, sought],
  );
  const spansOf = (use: ModelUse) =>
    carried("/spans", params, {
      range: "30d",
      query: `model:"${use.model.replace(/["\\]/g, "\\$&")}"${use.unpriced > 0 ? " missing:cost" : ""}`,
    });
  return (
    <Card
      title={`Models of ${environment} in the last 30 days`}
      isFlush
      actions={
        (models.data?.length ?? 0) > 8 && (
          <span className={styles.search}>
            <Input
              aria-label="Search models"
              placeholder="Search models"
              value={sought}
              onChange={(event) => setSought(event.target.value)}
            />
          </span>
        )
      }
    >
      <List
        label="Models"
        asked={{ ...models, data: shown }}
        rowKey={(use) => use.model}
        empty={
          sought ? (
            <p className={styles.empty}>No model has such a name.</p>
          ) : (
            <Empty title={`No span of ${environment} names a model`}>
              <p>When spans come, their models are here with what they cost.</p>
            </Empty>
          )
        }
        columns={[
          {
            title: "Model",
            isWide: true,
            cell: (use) => (
              <Link href={spansOf(use)}>
                <Visible text={use.model.slice(0, 300)} />
              </Link>
            ),
          },
          { title: "Spans", align: "end", cell: (use) => <Count value={use.spans} /> },
          { title: "Tokens", align: "end", cell: (use) => <Tokens count={use.tokens} /> },
          { title: "Cost", align: "end", cell: (use) => <Money amount={use.cost} /> },
          {
            title: "Price",
            cell: (use) =>
              own.some((price) => pricedBy(price, [use]).length > 0) ? (
                <Badge tone="info">your own</Badge>
              ) : use.unpriced > 0 ? (
                <span title="Spans with tokens and without a cost">
                  <Badge tone="warn">{use.unpriced === use.spans ? "none" : `none for ${count(use.unpriced)}`}</Badge>
                </span>
              ) : (
                <span className="muted">{use.cost === null ? "no tokens" : "library"}</span>
              ),
          },
        ]}
        {...(onPrice
          ? {
              menu: (use: ModelUse) => (
                <IconButton icon="plus" label={`Set a price for ${use.model}`} onClick={() => onPrice(use.model)} />
              ),
            }
          : {})}
      />
    </Card>
  );
}

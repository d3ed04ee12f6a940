import { useSession } from "../../api/session";
import { Card, Facts, PageHead } from "../../parts/Layout";
import { BASE } from "../../state/base";
import styles from "./Page.module.css";

const DOCUMENTS = [
  ["/docs", "Documentation", "how everything is done"],
  ["/docs/quickstart", "Quick start", "the first span in a minute"],
  ["/docs/sdks", "SDKs", "a quick start for each, and what its spans fill"],
  ["/docs/api", "API reference", "every route, with examples"],
  ["/openapi.json", "OpenAPI", "the API for programs"],
  ["/llms.txt", "llms.txt", "the documentation for models"],
] as const;

/** What this is, and where to read on. */
export function About() {
  const { version, organization, environments, authentication, openid } = useSession();
  return (
    <>
      <PageHead title="About" />
      <div className={`${styles.body} ${styles.narrow}`}>
        <Card title="This server">
          <Facts
            facts={[
              ["Midspan", `version ${version}`],
              ["Address", <code key="address">{`${location.origin}${BASE}`}</code>],
              ["Organization", organization?.name],
              ["Environments", environments.join(", ")],
              ["Signing in", authentication === "off" ? "off: everybody on this machine may do everything" : "on"],
              ["Identity provider", openid && (openid.name || "configured")],
            ]}
          />
        </Card>
        <Card title="Documentation">
          <dl className={styles.links}>
            {DOCUMENTS.map(([path, title, about]) => (
              <div key={path}>
                <dt>
                  <a href={`${BASE}${path}`}>{title}</a>
                </dt>
                <dd className="muted">{about}</dd>
              </div>
            ))}
          </dl>
        </Card>
        <Card title="Licences">
          <p className={styles.prose}>
            Midspan is under the Apache License 2.0. The packages that this UI is built from have{" "}
            <a href={`${BASE}/assets/licenses.md`}>licences of their own</a>.
          </p>
        </Card>
      </div>
    </>
  );
}

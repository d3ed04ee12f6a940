import { Component, type ReactNode } from "react";
import { buttonClass } from "../parts/Button";
import { Empty, Failure } from "../parts/State";
import { BASE } from "../state/base";

interface Props {
  /** Another one forgets the failure: the address of the page. */
  of: string;
  children: ReactNode;
}

/** Catches what a page throws, so that the rest of the UI goes on. */
export class Boundary extends Component<Props, { error: unknown; of: string }> {
  override state = { error: null as unknown, of: this.props.of };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  static getDerivedStateFromProps(props: Props, state: { error: unknown; of: string }) {
    return props.of === state.of ? null : { error: null, of: props.of };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return <Failure error={this.state.error} onRetry={() => this.setState({ error: null })} />;
  }
}

/** For an address that has no page. */
export function NothingHere() {
  return (
    <Empty
      title="There is no page at this address"
      actions={
        <a className={buttonClass("primary")} href={`${BASE}/spans`}>
          To the spans
        </a>
      }
    >
      <p>It may have been mistyped, or the link is of another version of Midspan.</p>
    </Empty>
  );
}

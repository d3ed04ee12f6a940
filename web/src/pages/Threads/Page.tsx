import { useParams } from "wouter";
import { idIn } from "../../domain/path";
import { useAddress } from "../../state/address";
import { ThreadList } from "./List";
import { ThreadPage } from "./Thread";

/** All threads, or the one that the address names. */
export default function ThreadsPage() {
  const { id: segment } = useParams<{ id?: string }>();
  const [params] = useAddress();
  const id = idIn(segment, params);
  return id === null ? <ThreadList /> : <ThreadPage key={id} id={id} />;
}

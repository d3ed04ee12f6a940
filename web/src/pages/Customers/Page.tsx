import { useParams } from "wouter";
import { idIn } from "../../domain/path";
import { useAddress } from "../../state/address";
import { CustomerPage } from "./Customer";
import { CustomerList } from "./List";

/** All customers, or the one that the address names. */
export default function CustomersPage() {
  const { id: segment } = useParams<{ id?: string }>();
  const [params] = useAddress();
  const id = idIn(segment, params);
  return id === null ? <CustomerList /> : <CustomerPage key={id} id={id} />;
}

import { useQuery } from "@tanstack/react-query";
import { members, type Right } from "../../api/organization";
import { useSession } from "../../api/session";
import { Notice } from "../../parts/Notice";

/** Whether who looks has a right. */
export function useMay(right: Right): boolean {
  return useSession().rights.includes(right);
}

/** Says who may do what one may not, and whom to ask. */
export function OnlyAdmins({ what }: { what: string }) {
  const { data = [] } = useQuery(members);
  const admins = data.filter((member) => member.role === "admin").map((member) => member.name || member.email);
  const named = admins.length > 3 ? [...admins.slice(0, 3), `${admins.length - 3} more`] : admins;
  return (
    <Notice>
      {what}
      {named.length > 0 && ` Ask ${named.join(", ").replace(/, ([^,]*)$/, " or $1")}.`}
    </Notice>
  );
}

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import {
  changeMember,
  type Invitation,
  invitations,
  type Member,
  members,
  type NewInvitation,
  removeMember,
  resetMember,
  revokeInvitation,
} from "../../api/organization";
import { type Role, session, useSession } from "../../api/session";
import { Badge } from "../../parts/Badge";
import { Button, IconButton } from "../../parts/Button";
import { Confirm } from "../../parts/Confirm";
import { Select } from "../../parts/Field";
import { Card, PageHead } from "../../parts/Layout";
import { Menu } from "../../parts/Menu";
import { Notice } from "../../parts/Notice";
import { Empty } from "../../parts/State";
import { Time } from "../../parts/Values";
import { toast } from "../../state/toasts";
import { OnlyAdmins, useMay } from "./Access";
import { InviteDialog, LinkDialog } from "./Invite";
import { List } from "./List";
import styles from "./Page.module.css";
import { ROLES } from "./roles";

type Open =
  | { kind: "invite" }
  | { kind: "link"; title: string; made: NewInvitation }
  | { kind: "remove"; member: Member }
  | { kind: "revoke"; invitation: Invitation };

/** Who may sign in, and who is invited. */
export function Members() {
  const isAdmin = useMay("admin");
  const { member: me, authentication } = useSession();
  const queries = useQueryClient();
  const asked = useQuery(members);
  const [open, setOpen] = useState<Open | null>(null);
  const admins = asked.data?.filter((member) => member.role === "admin").length ?? 0;
  const isLastAdmin = (member: Member) => member.role === "admin" && admins === 1;
  const close = () => setOpen(null);

  async function reset(member: Member) {
    try {
      const made = await resetMember(member.id);
      setOpen({ kind: "link", title: `A new password for ${member.name || member.email}`, made });
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), { kind: "error" });
    }
  }

  return (
    <>
      <PageHead
        title="Members"
        about="Members sign in and see all environments of the organization. What they may do there, the role says."
        actions={
          isAdmin && (
            <Button kind="primary" icon="plus" onClick={() => setOpen({ kind: "invite" })}>
              Invite
            </Button>
          )
        }
      />
      <div className={styles.body}>
        {authentication === "off" && (
          <Notice>Authentication is off: members are kept, but nobody need sign in while it is.</Notice>
        )}
        {!isAdmin && <OnlyAdmins what="Members are invited, changed and removed by admins." />}
        <Card title="Members" isFlush>
          <List
            label="Members"
            asked={asked}
            rowKey={(member) => member.id}
            empty={
              <Empty icon="members" title="There is no member yet">
                <p>The link that the server prints at its start makes the first one.</p>
              </Empty>
            }
            columns={[
              {
                title: "Name",
                cell: (member) => (
                  <span className={styles.named}>
                    {member.name || <span className="muted">no name</span>}
                    {member.id === me?.id && <Badge tone="accent">you</Badge>}
                  </span>
                ),
              },
              { title: "Email", isWide: true, cell: (member) => <span title={member.email}>{member.email}</span> },
              {
                title: "Role",
                cell: (member) =>
                  isAdmin && !isLastAdmin(member) ? (
                    <RoleSelect member={member} />
                  ) : (
                    <span title={isAdmin ? "The last admin stays one. Make somebody else admin first." : undefined}>
                      {member.role}
                      {isAdmin && <span className="muted"> (the last one)</span>}
                    </span>
                  ),
              },
              { title: "Signs in", cell: (member) => (member.has_password ? "with a password" : "at the provider") },
              {
                title: "Last seen",
                cell: (member) =>
                  member.last_seen_at ? (
                    <Time at={member.last_seen_at} form="relative" />
                  ) : (
                    <span className="muted">never</span>
                  ),
              },
              { title: "Since", cell: (member) => <Time at={member.created_at} /> },
            ]}
            {...(isAdmin
              ? {
                  menu: (member: Member): ReactNode => (
                    <Menu
                      label={`What can be done with ${member.email}`}
                      align="end"
                      trigger={(props) => <IconButton icon="more" label={`More of ${member.email}`} {...props} />}
                      entries={[
                        { label: "Link for a new password …", icon: "link", onSelect: () => void reset(member) },
                        ...(isLastAdmin(member)
                          ? [{ heading: "The last admin cannot be removed." }]
                          : [
                              {
                                label: "Remove …",
                                icon: "trash" as const,
                                danger: true,
                                onSelect: () => setOpen({ kind: "remove", member }),
                              },
                            ]),
                      ]}
                    />
                  ),
                }
              : {})}
          />
        </Card>
        {isAdmin && <Invitations onRevoke={(invitation) => setOpen({ kind: "revoke", invitation })} />}
      </div>
      {open?.kind === "invite" && (
        <InviteDialog
          onClose={close}
          onMade={(made) =>
            setOpen({ kind: "link", title: `An invitation${made.email ? ` for ${made.email}` : ""}`, made })
          }
        />
      )}
      {open?.kind === "link" && <LinkDialog title={open.title} made={open.made} onClose={close} />}
      {open?.kind === "remove" && (
        <Confirm
          title={`Remove ${open.member.email}?`}
          action="Remove the member"
          onClose={close}
          onConfirm={async () => {
            await removeMember(open.member.id);
            await queries.invalidateQueries(members);
            if (open.member.id === me?.id) await queries.invalidateQueries(session);
          }}
        >
          Their sessions end at once; preferences and views of their own go, shared views stay. API keys go on working.
        </Confirm>
      )}
      {open?.kind === "revoke" && (
        <Confirm
          title="Revoke the link?"
          action="Revoke the link"
          onClose={close}
          onConfirm={async () => {
            await revokeInvitation(open.invitation.id);
            await queries.invalidateQueries(invitations);
          }}
        >
          It opens nothing any more. Another one can be made.
        </Confirm>
      )}
    </>
  );
}

function RoleSelect({ member }: { member: Member }) {
  const queries = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  async function change(role: Role) {
    setBusy(true);
    try {
      await changeMember(member.id, { role });
      toast(`${member.name || member.email} is ${role} now.`, { kind: "ok" });
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), { kind: "error" });
    }
    // One's own role is the session's, too.
    await Promise.all([queries.invalidateQueries(members), queries.invalidateQueries(session)]);
    setBusy(false);
  }
  return (
    <Select
      aria-label={`Role of ${member.email}`}
      value={member.role}
      disabled={isBusy}
      onChange={(event) => void change(event.target.value as Role)}
    >
      {ROLES.map((role) => (
        <option key={role}>{role}</option>
      ))}
    </Select>
  );
}

const KINDS: Record<string, string> = { invitation: "invitation", reset: "new password", welcome: "first account" };

function Invitations({ onRevoke }: { onRevoke(invitation: Invitation): void }) {
  const asked = useQuery(invitations);
  if (asked.data?.length === 0) return null;
  return (
    <Card title="Open links" isFlush>
      <List
        label="Open links"
        asked={asked}
        rowKey={(one) => one.id}
        empty={null}
        columns={[
          { title: "For", isWide: true, cell: (one) => one.email ?? <span className="muted">whoever has it</span> },
          { title: "What", cell: (one) => KINDS[one.kind] ?? one.kind },
          { title: "Role", cell: (one) => one.role },
          { title: "Made", cell: (one) => <Time at={one.created_at} /> },
          { title: "Ends", cell: (one) => <Time at={one.expires_at} form="relative" /> },
        ]}
        menu={(one) => <IconButton icon="trash" label="Revoke the link" onClick={() => onRevoke(one)} />}
      />
    </Card>
  );
}

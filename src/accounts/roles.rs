//! Who may do what: one table, read from top to bottom. What is not listed is forbidden.
//!
//! Speaking for the city is kept apart from running the system: an administrator may add a publisher
//! but cannot publish, and nobody is the second person for their own words.

use crate::error::{Error, Result};

crate::words! {
    /// What somebody is to this system. One role a person; it is checked on the server for every action.
    pub enum Role {
        /// Works on tickets of a department.
        Staff = "staff",
        /// Triages what the machine was unsure of and sends work to departments.
        Dispatcher = "dispatcher",
        /// Answers for a department: a dispatcher who also sees the numbers and exports.
        DepartmentHead = "department_head",
        /// The mayor's office: writes and releases public replies.
        Publisher = "publisher",
        /// The second person: releases what may not go out on one person's word.
        Approver = "approver",
        /// Adds people and channels and applies settings; does not speak for the city.
        Admin = "admin",
    }
}

/// Something a signed-in person asks to do. Reading public pages needs no role and no action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// See the board, tickets and residents' public words.
    SeeBoard,
    /// Move a ticket: assign, start, wait, reopen.
    MoveTicket,
    /// Close a ticket, with proof or a reason, in pre-approved wording.
    CloseTicket,
    /// Correct the service or the place that was read from a post.
    CorrectReading,
    /// Write an internal note.
    WriteNote,
    /// Add a photo as proof.
    AddPhoto,
    /// Press "I have it" on an emergency.
    TakeEmergency,
    /// Stop every reply on every channel. Stopping is always safe, so everybody may.
    StopReplies,
    /// Write a reply that waits for release.
    DraftReply,
    /// Record that a resident was answered elsewhere (call, visit).
    RecordAnswer,
    /// Decide what the machine was unsure of: open, join, set aside.
    ReviewPosts,
    /// Merge and unmerge tickets.
    MergeTickets,
    /// Send a ticket to another department.
    Reroute,
    /// Lower an emergency to a normal ticket.
    LowerEmergency,
    /// Read private messages and what a public page hides.
    SeeSealed,
    /// See what waits for an answer, drafts, and what was said.
    SeeReplies,
    /// Release a draft in the city's name.
    ReleaseReply,
    /// Take back a reply within its undo window, or delete one that was sent.
    TakeBackReply,
    /// Be the second person: mayor's words, bulk, settings.
    ApproveSecond,
    /// Let replies go again after a stop.
    ResumeReplies,
    /// See response times and promises.
    SeeNumbers,
    /// Take data out of the system.
    Export,
    /// Add, change and remove people.
    ManageUsers,
    /// Add, change and remove channels and their keys.
    ManageChannels,
    /// Apply changed settings (a second person approves).
    ApplySettings,
    /// Read the log of who did what.
    SeeAudit,
}

impl Action {
    /// Every action, for tests and for the table in the documentation.
    pub const ALL: &'static [Self] = &[
        Self::SeeBoard,
        Self::MoveTicket,
        Self::CloseTicket,
        Self::CorrectReading,
        Self::WriteNote,
        Self::AddPhoto,
        Self::TakeEmergency,
        Self::StopReplies,
        Self::DraftReply,
        Self::RecordAnswer,
        Self::ReviewPosts,
        Self::MergeTickets,
        Self::Reroute,
        Self::LowerEmergency,
        Self::SeeSealed,
        Self::SeeReplies,
        Self::ReleaseReply,
        Self::TakeBackReply,
        Self::ApproveSecond,
        Self::ResumeReplies,
        Self::SeeNumbers,
        Self::Export,
        Self::ManageUsers,
        Self::ManageChannels,
        Self::ApplySettings,
        Self::SeeAudit,
    ];
}

impl Role {
    /// May this role do that?
    #[must_use]
    pub const fn may(self, action: Action) -> bool {
        // Exhaustive on purpose: a new action does not compile until somebody decides who may.
        use Action as A;
        match action {
            A::SeeBoard | A::StopReplies | A::WriteNote => true,
            A::MoveTicket | A::CloseTicket | A::CorrectReading | A::AddPhoto | A::TakeEmergency => {
                !self.speaks_for_the_city()
            }
            A::ReviewPosts | A::MergeTickets | A::Reroute | A::LowerEmergency => {
                matches!(self, Self::Dispatcher | Self::DepartmentHead | Self::Admin)
            }
            A::DraftReply | A::RecordAnswer => !matches!(self, Self::Admin),
            A::SeeSealed | A::SeeReplies => !matches!(self, Self::Staff),
            A::ReleaseReply | A::TakeBackReply => self.speaks_for_the_city(),
            A::ApproveSecond => matches!(self, Self::Approver),
            A::ResumeReplies => matches!(self, Self::Approver | Self::Admin),
            A::SeeNumbers => !matches!(self, Self::Staff | Self::Dispatcher),
            A::Export => matches!(self, Self::DepartmentHead | Self::Approver | Self::Admin),
            A::ManageUsers | A::ManageChannels | A::ApplySettings | A::SeeAudit => {
                matches!(self, Self::Admin)
            }
        }
    }

    /// The gate in front of every staff action.
    ///
    /// # Errors
    /// `Error::Forbidden`, without naming what it is that may not be done to what.
    pub fn require(self, action: Action) -> Result<()> {
        if self.may(action) {
            return Ok(());
        }
        Err(Error::Forbidden(format!(
            "your role ({}) does not allow this; ask an administrator",
            self.label()
        )))
    }

    /// The role in words for pages.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Dispatcher => "dispatcher",
            Self::DepartmentHead => "department head",
            Self::Publisher => "mayor's office",
            Self::Approver => "mayor's office, approver",
            Self::Admin => "administrator",
        }
    }

    /// Roles whose words go out under the city's name.
    #[must_use]
    pub const fn speaks_for_the_city(self) -> bool {
        matches!(self, Self::Publisher | Self::Approver)
    }

    /// Roles worth stealing: these are signed out after 30 idle minutes.
    #[must_use]
    pub const fn is_powerful(self) -> bool {
        matches!(self, Self::Publisher | Self::Approver | Self::Admin)
    }
}

/// The second person must be somebody else, and an approver.
///
/// # Errors
/// `Error::Refused` when both are the same person, `Error::Forbidden` when the role is not enough.
pub fn second_person(author_id: i64, approver_id: i64, approver: Role) -> Result<()> {
    approver.require(Action::ApproveSecond)?;
    if author_id == approver_id {
        return Err(Error::Refused("a second person has to approve this: you wrote it yourself".into()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One letter a role, in the order of `Role::ALL`: S D H P A X(admin).
    fn who(action: Action) -> String {
        Role::ALL.iter().zip("SDHPAX".chars()).map(|(r, c)| if r.may(action) { c } else { '.' }).collect()
    }

    #[test]
    fn the_whole_table() {
        let expect = [
            "SDHPAX", "SDH..X", "SDH..X", "SDH..X", "SDHPAX", "SDH..X", "SDH..X", "SDHPAX", "SDHPA.",
            "SDHPA.", ".DH..X", ".DH..X", ".DH..X", ".DH..X", ".DHPAX", ".DHPAX", "...PA.", "...PA.",
            "....A.", "....AX", "..HPAX", "..H.AX", ".....X", ".....X", ".....X", ".....X",
        ];
        assert_eq!(Action::ALL.len(), expect.len());
        for (action, expect) in Action::ALL.iter().zip(expect) {
            assert_eq!(who(*action), expect, "{action:?}");
        }
    }

    #[test]
    fn nobody_approves_their_own_words() {
        assert!(second_person(1, 2, Role::Approver).is_ok());
        assert!(matches!(second_person(1, 1, Role::Approver), Err(Error::Refused(_))));
        assert!(matches!(second_person(1, 2, Role::Publisher), Err(Error::Forbidden(_))));
        assert!(matches!(second_person(1, 2, Role::Admin), Err(Error::Forbidden(_))));
    }

    #[test]
    fn words_round_trip() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse::<Role>().unwrap(), *role);
        }
        assert!("root".parse::<Role>().is_err());
    }
}

//! SQL of the questions we asked.

use diesel::prelude::*;

use crate::db::DbConnection;
use crate::db::schema::questions;
use crate::db::types::Ts;
use crate::error::{Error, Result};

/// A question we asked and its state: `open answered person closed`.
#[derive(Clone, Debug, Queryable)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct Question {
    pub id: i64,
    pub concern_id: i64,
    pub ticket_id: i64,
    pub post_id: i64,
    pub person_id: i64,
    pub tries: i64,
    pub candidates: String,
    pub state: String,
    pub asked_at: Ts,
}

/// What a new question holds.
#[derive(Debug)]
#[expect(missing_docs, reason = "the columns' names say it")]
pub struct NewQuestion<'a> {
    pub concern_id: i64,
    pub ticket_id: i64,
    pub post_id: i64,
    pub person_id: i64,
    pub candidates: &'a str,
    pub asked_at: Ts,
}

/// Keeps a question.
///
/// # Errors
/// `Database` only.
pub fn insert_question(conn: &mut DbConnection, new: &NewQuestion<'_>) -> Result<()> {
    diesel::insert_into(questions::table)
        .values((
            questions::concern_id.eq(new.concern_id),
            questions::ticket_id.eq(new.ticket_id),
            questions::post_id.eq(new.post_id),
            questions::person_id.eq(new.person_id),
            questions::tries.eq(1),
            questions::candidates.eq(new.candidates),
            questions::state.eq("open"),
            questions::asked_at.eq(new.asked_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// Moves a question on, if it still stands where the caller read it.
///
/// # Errors
/// `Conflict` when it does not.
pub fn shift_question(
    conn: &mut DbConnection,
    question: &Question,
    state: &str,
    tries: i64,
    candidates: &str,
    now: Ts,
) -> Result<()> {
    let same = questions::table.find(question.id).filter(questions::state.eq(&question.state));
    let n = diesel::update(same.filter(questions::tries.eq(question.tries)))
        .set((
            questions::state.eq(state),
            questions::tries.eq(tries),
            questions::candidates.eq(candidates),
            questions::asked_at.eq(now),
        ))
        .execute(conn)?;
    if n == 0 {
        return Err(Error::Conflict("this question was answered already".into()));
    }
    Ok(())
}

/// The open question about a ticket.
///
/// # Errors
/// `Database` only.
pub fn question_of(conn: &mut DbConnection, ticket_id: i64) -> Result<Option<Question>> {
    Ok(questions::table
        .filter(questions::ticket_id.eq(ticket_id))
        .filter(questions::state.eq("open"))
        .order(questions::id.desc())
        .first(conn)
        .optional()?)
}

/// The newest question about a ticket that nobody has answered, also one that a person took over meanwhile.
///
/// # Errors
/// `Database` only.
pub fn unanswered(conn: &mut DbConnection, ticket_id: i64) -> Result<Option<Question>> {
    Ok(questions::table
        .filter(questions::ticket_id.eq(ticket_id))
        .filter(questions::state.ne("answered"))
        .order(questions::id.desc())
        .first(conn)
        .optional()?)
}

/// The newest open question to this person asked since `since`.
///
/// # Errors
/// `Database` only.
pub fn question_to(conn: &mut DbConnection, person_id: i64, since: Ts) -> Result<Option<Question>> {
    Ok(questions::table
        .filter(questions::person_id.eq(person_id))
        .filter(questions::state.eq("open"))
        .filter(questions::asked_at.ge(since))
        .order(questions::id.desc())
        .first(conn)
        .optional()?)
}

/// Open questions asked before `before`: a person takes over.
///
/// # Errors
/// `Database` only.
pub fn questions_asked_before(conn: &mut DbConnection, before: Ts) -> Result<Vec<Question>> {
    Ok(questions::table
        .filter(questions::state.eq("open"))
        .filter(questions::asked_at.lt(before))
        .order(questions::id)
        .limit(100)
        .load(conn)?)
}

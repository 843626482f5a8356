//! The tables, by hand, because one `table!` must serve both databases.
//!
//! `tests/schema.rs` loads every table on SQLite and PostgreSQL and compares the columns with the migrations.

#![expect(missing_docs, reason = "the migrations say what each column is")]

use diesel::{allow_tables_to_appear_in_same_query, joinable, table};

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    people (id) {
        id -> BigInt,
        network -> Text,
        network_id -> Text,
        handle -> Text,
        name -> Text,
        bot -> Bool,
        place -> Text,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    posts (id) {
        id -> BigInt,
        channel -> Text,
        account_id -> Nullable<BigInt>,
        uri -> Text,
        local_id -> Text,
        person_id -> BigInt,
        text -> Text,
        raw -> Text,
        version -> BigInt,
        created_at -> Instant,
        received_at -> Instant,
        in_reply_to -> Nullable<Text>,
        lang -> Nullable<Text>,
        lat -> Nullable<Double>,
        lon -> Nullable<Double>,
        visibility -> Text,
        spoiler -> Nullable<Text>,
        stated -> Nullable<Text>,
        media -> Text,
        edited_at -> Nullable<Instant>,
        deleted_at -> Nullable<Instant>,
        sealed -> Bool,
        outcome -> Text,
        reason -> Text,
        decided_at -> Nullable<Instant>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    post_versions (id) {
        id -> BigInt,
        post_id -> BigInt,
        version -> BigInt,
        text -> Text,
        raw -> Text,
        received_at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    readings (id) {
        id -> BigInt,
        post_id -> BigInt,
        version -> BigInt,
        kind -> Text,
        report_p -> Double,
        urgency -> Text,
        language -> Text,
        body -> Text,
        model -> Text,
        created_at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    concerns (id) {
        id -> BigInt,
        post_id -> BigInt,
        n -> BigInt,
        service -> Text,
        service_p -> Double,
        urgency -> Text,
        place_status -> Text,
        place -> Nullable<Text>,
        alternatives -> Text,
        queue -> Text,
        queue_why -> Text,
        created_at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    tickets (id) {
        id -> BigInt,
        number -> Text,
        status -> Text,
        waiting_for -> Nullable<Text>,
        waiting_until -> Nullable<Instant>,
        service -> Text,
        department -> Text,
        place_label -> Text,
        place_kind -> Text,
        place_key -> Text,
        segment_key -> Nullable<Text>,
        lat -> Nullable<Double>,
        lon -> Nullable<Double>,
        radius_m -> Nullable<Double>,
        area -> Nullable<Text>,
        sealed -> Bool,
        hidden -> Bool,
        urgency -> Text,
        opened_at -> Instant,
        due_at -> Nullable<Instant>,
        status_at -> Instant,
        stage -> BigInt,
        fixed_at -> Nullable<Instant>,
        closed_at -> Nullable<Instant>,
        close_reason -> Nullable<Text>,
        close_words -> Nullable<Text>,
        proof -> Nullable<Text>,
        merged_into -> Nullable<BigInt>,
        version -> BigInt,
        people -> BigInt,
        rule -> Text,
    }
}

table! {
    ticket_places (ticket_id) {
        ticket_id -> BigInt,
        found_by -> Text,
        areas -> Text,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    joins (id) {
        id -> BigInt,
        concern_id -> BigInt,
        ticket_id -> BigInt,
        post_id -> BigInt,
        person_id -> BigInt,
        why -> Text,
        score -> Double,
        actor -> Text,
        created_at -> Instant,
        ended_at -> Nullable<Instant>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    ticket_history (id) {
        id -> BigInt,
        ticket_id -> BigInt,
        seq -> BigInt,
        step -> Text,
        actor -> Text,
        channel -> Text,
        at -> Instant,
        public -> Bool,
        words -> Text,
        digest -> Text,
        hash -> Text,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    routings (id) {
        id -> BigInt,
        ticket_id -> BigInt,
        rule -> Text,
        config_hash -> Text,
        department -> Text,
        crew -> Nullable<Text>,
        why -> Text,
        at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    clocks (id) {
        id -> BigInt,
        ticket_id -> BigInt,
        kind -> Text,
        started_at -> Instant,
        due_at -> Instant,
        level -> BigInt,
        next_at -> Nullable<Instant>,
        paused_at -> Nullable<Instant>,
        stopped_at -> Nullable<Instant>,
        version -> BigInt,
        low_at -> Nullable<Instant>,
        high_at -> Nullable<Instant>,
        sample -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    coverages (id) {
        id -> BigInt,
        month -> Text,
        ranges -> BigInt,
        kept -> BigInt,
        at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    work_orders (id) {
        id -> BigInt,
        department -> Text,
        crew -> Text,
        day -> Text,
        turn -> BigInt,
        state -> Text,
        why -> Text,
        notes -> Text,
        hazard -> Text,
        dig -> Bool,
        made_by -> Text,
        made_at -> Instant,
        on_site_at -> Nullable<Instant>,
        ended_at -> Nullable<Instant>,
        version -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    work_order_tickets (id) {
        id -> BigInt,
        order_id -> BigInt,
        ticket_id -> BigInt,
        added_at -> Instant,
        ended_at -> Nullable<Instant>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    crew_links (id) {
        id -> BigInt,
        department -> Text,
        crew -> Text,
        random -> Text,
        made_by -> Text,
        made_at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    notes (id) {
        id -> BigInt,
        ticket_id -> BigInt,
        author -> Text,
        words -> Text,
        created_at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    questions (id) {
        id -> BigInt,
        concern_id -> BigInt,
        ticket_id -> BigInt,
        post_id -> BigInt,
        person_id -> BigInt,
        tries -> BigInt,
        candidates -> Text,
        state -> Text,
        asked_at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    channel_accounts (id) {
        id -> BigInt,
        name -> Text,
        kind -> Text,
        base_url -> Text,
        network_id -> Text,
        handle -> Text,
        secret -> Text,
        state -> Text,
        why -> Text,
        max_chars -> BigInt,
        url_chars -> BigInt,
        position -> Text,
        replies_sent -> BigInt,
        trial_replies -> BigInt,
        resume_at -> Nullable<Instant>,
        polled_at -> Nullable<Instant>,
        created_at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    channel_sessions (id) {
        id -> BigInt,
        account_id -> BigInt,
        access -> Text,
        refresh -> Text,
        version -> BigInt,
        busy_until -> Instant,
        updated_at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    seen_posts (id) {
        id -> BigInt,
        account_id -> BigInt,
        uri -> Text,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    me_too (id) {
        id -> BigInt,
        ticket_id -> BigInt,
        person_id -> BigInt,
        created_at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    outbox (id) {
        id -> BigInt,
        event_key -> Text,
        kind -> Text,
        ticket_id -> Nullable<BigInt>,
        post_id -> BigInt,
        person_id -> BigInt,
        account_id -> Nullable<BigInt>,
        channel -> Text,
        to_local_id -> Text,
        to_uri -> Text,
        text -> Text,
        visibility -> Text,
        spoiler -> Nullable<Text>,
        language -> Text,
        state -> Text,
        why -> Text,
        automatic -> Bool,
        drafted_by -> Text,
        approved_by -> Nullable<Text>,
        idempotency_key -> Text,
        lease -> BigInt,
        leased_until -> Instant,
        attempts -> BigInt,
        first_attempt_at -> Nullable<Instant>,
        last_attempt_at -> Nullable<Instant>,
        looked -> BigInt,
        run_at -> Instant,
        delivered_id -> Nullable<Text>,
        delivered_uri -> Nullable<Text>,
        delivered_at -> Nullable<Instant>,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    promises (id) {
        id -> BigInt,
        ticket_id -> BigInt,
        outbox_id -> Nullable<BigInt>,
        department -> Text,
        what -> Text,
        due_at -> Instant,
        made_at -> Instant,
        kept_at -> Nullable<Instant>,
        state -> Text,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    foreign_posts (id) {
        id -> BigInt,
        account_id -> BigInt,
        uri -> Text,
        text -> Text,
        in_reply_to -> Nullable<Text>,
        ticket_id -> Nullable<BigInt>,
        seen_at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    photos (id) {
        id -> BigInt,
        sha256 -> Text,
        ticket_id -> Nullable<BigInt>,
        post_id -> Nullable<BigInt>,
        role -> Text,
        width -> BigInt,
        height -> BigInt,
        likeness -> BigInt,
        public -> Bool,
        by_name -> Text,
        alt -> Text,
        taken_at -> Nullable<Instant>,
        created_at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    users (id) {
        id -> BigInt,
        login -> Text,
        name -> Text,
        role -> Text,
        department -> Nullable<Text>,
        password -> Text,
        state -> Text,
        created_at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    sessions (id) {
        id -> BigInt,
        token_hash -> Text,
        user_id -> BigInt,
        csrf -> Text,
        created_at -> Instant,
        seen_at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    sign_in_tries (id) {
        id -> BigInt,
        who -> Text,
        at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    followers (id) {
        id -> BigInt,
        ticket_id -> BigInt,
        email -> Text,
        token_hash -> Text,
        state -> Text,
        created_at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    mails (id) {
        id -> BigInt,
        event_key -> Text,
        to_address -> Text,
        subject -> Text,
        text -> Text,
        html -> Text,
        state -> Text,
        why -> Text,
        ticket_id -> Nullable<BigInt>,
        run_at -> Instant,
        leased_until -> Instant,
        lease -> BigInt,
        attempts -> BigInt,
        created_at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    duty_pages (id) {
        id -> BigInt,
        ticket_id -> BigInt,
        paged -> BigInt,
        next_at -> Instant,
        had_by -> Nullable<Text>,
        had_at -> Nullable<Instant>,
        created_at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    jobs (id) {
        id -> BigInt,
        kind -> Text,
        unique_key -> Nullable<Text>,
        payload -> Text,
        state -> Text,
        run_at -> Instant,
        leased_until -> Instant,
        lease -> BigInt,
        attempts -> BigInt,
        crashes -> BigInt,
        why -> Text,
        created_at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    switches (name) {
        name -> Text,
        value -> Text,
        by_name -> Text,
        at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    counters (name) {
        name -> Text,
        next -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    world_versions (part) {
        part -> Text,
        version -> BigInt,
        digest -> Text,
        by_name -> Text,
        at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    world_parts (id) {
        id -> BigInt,
        part -> Text,
        version -> BigInt,
        n -> BigInt,
        bytes -> Binary,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    audit (id) {
        id -> BigInt,
        at -> Instant,
        who -> Text,
        what -> Text,
        about -> Text,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    watched_posts (id) {
        id -> BigInt,
        post_id -> BigInt,
        account_id -> BigInt,
        look_at -> Instant,
        missing_since -> Nullable<Instant>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    api_keys (id) {
        id -> BigInt,
        name -> Text,
        digest -> Text,
        owner_name -> Text,
        owner_contact -> Text,
        scopes -> Text,
        per_hour -> BigInt,
        hour -> Instant,
        uses -> BigInt,
        expires_at -> Nullable<Instant>,
        revoked_at -> Nullable<Instant>,
        created_at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    suggestions (id) {
        id -> BigInt,
        ticket_id -> BigInt,
        other_id -> BigInt,
        concern_id -> BigInt,
        score -> Double,
        why -> Text,
        state -> Text,
        by_name -> Nullable<Text>,
        created_at -> Instant,
        decided_at -> Nullable<Instant>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    model_versions (version) {
        version -> BigInt,
        name -> Text,
        state -> Text,
        made_by -> Text,
        base -> BigInt,
        before -> BigInt,
        digest -> Text,
        report -> Text,
        manifest -> Text,
        by_name -> Text,
        at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    open311_requests (id) {
        id -> BigInt,
        key_id -> BigInt,
        number -> Text,
        token -> Text,
        test -> Bool,
        post_id -> Nullable<BigInt>,
        ticket_id -> Nullable<BigInt>,
        idempotency -> Nullable<Text>,
        digest -> Text,
        service -> Text,
        description -> Text,
        address -> Text,
        lat -> Nullable<Double>,
        lon -> Nullable<Double>,
        notice -> Text,
        status -> Text,
        created_at -> Instant,
        changed_at -> Instant,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::db::types::Instant;
    open311_updates (id) {
        id -> BigInt,
        key_id -> BigInt,
        update_id -> Text,
        test -> Bool,
        number -> Text,
        ticket_id -> Nullable<BigInt>,
        status -> Text,
        description -> Text,
        digest -> Text,
        said_at -> Instant,
        received_at -> Instant,
    }
}

joinable!(posts -> people (person_id));
joinable!(post_versions -> posts (post_id));
joinable!(readings -> posts (post_id));
joinable!(concerns -> posts (post_id));
joinable!(ticket_places -> tickets (ticket_id));
joinable!(joins -> concerns (concern_id));
joinable!(joins -> tickets (ticket_id));
joinable!(joins -> posts (post_id));
joinable!(joins -> people (person_id));
joinable!(ticket_history -> tickets (ticket_id));
joinable!(routings -> tickets (ticket_id));
joinable!(clocks -> tickets (ticket_id));
joinable!(work_order_tickets -> work_orders (order_id));
joinable!(work_order_tickets -> tickets (ticket_id));
joinable!(notes -> tickets (ticket_id));
joinable!(questions -> concerns (concern_id));
joinable!(questions -> tickets (ticket_id));
joinable!(questions -> posts (post_id));
joinable!(questions -> people (person_id));
joinable!(outbox -> tickets (ticket_id));
joinable!(outbox -> posts (post_id));
joinable!(outbox -> people (person_id));
joinable!(promises -> tickets (ticket_id));
joinable!(promises -> outbox (outbox_id));
joinable!(foreign_posts -> channel_accounts (account_id));
joinable!(foreign_posts -> tickets (ticket_id));
joinable!(photos -> tickets (ticket_id));
joinable!(photos -> posts (post_id));
joinable!(watched_posts -> posts (post_id));
joinable!(sessions -> users (user_id));
joinable!(followers -> tickets (ticket_id));
joinable!(mails -> tickets (ticket_id));
joinable!(duty_pages -> tickets (ticket_id));
joinable!(open311_requests -> posts (post_id));
joinable!(open311_requests -> tickets (ticket_id));
joinable!(open311_updates -> tickets (ticket_id));

allow_tables_to_appear_in_same_query!(
    people,
    posts,
    post_versions,
    readings,
    concerns,
    tickets,
    ticket_places,
    joins,
    ticket_history,
    routings,
    clocks,
    coverages,
    work_orders,
    work_order_tickets,
    crew_links,
    notes,
    questions,
    channel_accounts,
    channel_sessions,
    seen_posts,
    me_too,
    outbox,
    promises,
    foreign_posts,
    photos,
    users,
    sessions,
    sign_in_tries,
    followers,
    mails,
    duty_pages,
    jobs,
    switches,
    counters,
    world_versions,
    world_parts,
    audit,
    watched_posts,
    api_keys,
    suggestions,
    model_versions,
    open311_requests,
    open311_updates,
);

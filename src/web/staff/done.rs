//! What was just done, in words: the address carries a short code, never the words themselves.

/// Title and text for a code; `None` for a code we never wrote.
pub(super) fn words(code: &str) -> Option<(&'static str, &'static str)> {
    Some(match code {
        "assigned" => ("Assigned.", "The public page says that a crew is booked."),
        "started" => ("Work started.", "The public page says so."),
        "waiting" => ("Set to waiting.", "The public page says for whom."),
        "fixed" => ("Fixed.", "Everyone who wrote is told in their own thread."),
        "closed" => ("Closed.", "Everyone who wrote is told the reason."),
        "reopened" => ("Open again.", "It has a new date."),
        "service" => ("Service corrected.", "Department and date follow it."),
        "place" => ("Place set.", "Department and date follow it."),
        "noted" => ("Note saved.", "It stays in City Hall."),
        "posting" => ("On its way.", "It goes out in a few seconds. Until then you can undo it below."),
        "drafted" => ("Waits for approval.", "The mayor’s office sees it now."),
        "lowered" => ("Lowered to a normal request.", "The calls have ended."),
        "taken" => ("You have it.", "Nobody else is called."),
        "apart" => ("Taken apart.", "The post stands in “Needs a look” again."),
        "split" => ("A request of its own.", "Its author hears the new number."),
        "moved" => ("Moved here.", "Its author hears this number."),
        "merged" => ("Merged.", "Both numbers lead here now."),
        "not-same" => ("Two problems.", "It is not suggested again."),
        "unmerged" => ("The merge is undone.", "Each request has its own posts, promise and date again."),
        "opened" => ("Request opened.", "Its author hears “On it”."),
        "joined" => ("Joined.", "Its author hears that we know."),
        "asked" => ("Asked.", "The question goes out in a few seconds. The answer completes this request."),
        "aside" => ("Set aside.", "It can be looked at again under “Set aside”."),
        "again" => ("Back in “Needs a look”.", "Decide what it is."),
        "stopped" => ("All sending is stopped.", "Nothing goes out until somebody starts it again."),
        "resumed" => ("Sending is on again.", "What waited goes out now."),
        "approved" => (
            "Approved.",
            "It goes out in a few seconds, exactly as it stood there. Until then you can take it back below.",
        ),
        "rejected" => ("Rejected.", "It will not be posted. The author reads why."),
        "undone" => ("Taken back.", "It was not posted."),
        "taking" => ("Taking it back.", "It disappears from its network in a few seconds."),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn only_our_own_codes_are_words() {
        assert!(words("fixed").is_some());
        assert!(words("<script>").is_none());
    }
}

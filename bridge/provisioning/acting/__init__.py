"""What is done in Clerk for one claimed person: find or make the user, carry out the plan, keep the last owner."""

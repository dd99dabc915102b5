"""From a change in the directory to Clerk: intake marks people due, the reconciler claims them, plans, brakes and acts."""

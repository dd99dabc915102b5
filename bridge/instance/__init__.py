"""The Clerk instance as it should be: `setup` plans and makes it so, `doctor` looks and says what is wrong. Calls as few as
it can, decides on values alone.
"""

"""The generated parts of the reference pages, a module for each subject."""

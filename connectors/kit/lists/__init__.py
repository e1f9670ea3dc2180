"""Lists: how they are paged, narrowed by a window, and followed from page to page."""

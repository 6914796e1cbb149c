"""The process that hosts every service: started and told what to do by `helpers.services`, never imported by it."""
